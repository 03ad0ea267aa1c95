using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sanctum.Client.Tests;

/// <summary>The daemon's proxy, which says what the test says. Inside of its tunnels is plain HTTP.</summary>
public sealed class ScriptedProxy : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ScriptedProxy(string path)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
    }

    public string Path { get; }

    /// <summary>Whether somebody has connected who has not been accepted.</summary>
    public bool IsKnockedAt => _listener.Poll(0, SelectMode.SelectRead);

    /// <summary>What <c>proxy_open</c> gives: a run with this token.</summary>
    public string Run(string token)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new CertificateRequest("CN=run", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        return $$"""{"token":"{{token}}","authority":"{{authority.ExportCertificatePem().ReplaceLineEndings("\\n")}}","placeholders":{},"proxy_socket":"{{Path}}","expires_in":3600}""";
    }

    public async Task<NetworkStream> AcceptAsync() => new(await _listener.AcceptAsync().WaitAsync(ScriptedPeer.Deadline), ownsSocket: true);

    /// <summary>The next head that comes, without its empty line.</summary>
    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(ScriptedPeer.Deadline);
            head.Append((char)buffer[0]);
        }

        return head.ToString()[..^4];
    }

    public static Task SayAsync(Stream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    public void Dispose() => _listener.Dispose();
}
