using System.Globalization;

namespace Sanctum.Cli.Runs;

/// <summary>Where a run's program finds its proxy and its certificates.</summary>
/// <param name="Port">The port on loopback that wants the token.</param>
/// <param name="Token">The token; null where the port adds it.</param>
/// <param name="Bundle">The file with all certificates.</param>
/// <param name="Extra">The file with those that Node.js adds to its own.</param>
/// <param name="Wget">wget's file.</param>
/// <param name="JavaStore">Java's file.</param>
/// <param name="JavaPort">The port that adds the token, since Java can't.</param>
internal sealed record RunPlaces(int Port, string? Token, string Bundle, string Extra, string Wget, string JavaStore, int JavaPort)
{
    /// <summary>The user that goes with the token.</summary>
    public const string User = "run";

    private const string ThisMachine = "localhost,127.0.0.1,::1"; // Without brackets, which httpx does not understand.

    public string ProxyUrl => string.Create(CultureInfo.InvariantCulture, $"http://{(Token is null ? "" : $"{User}:{Token}@")}127.0.0.1:{Port}");

    /// <summary>What a variable is set to.</summary>
    /// <param name="value">Which kind.</param>
    /// <param name="before">What it was set to.</param>
    public string ValueOf(RunValue value, string? before) => value switch
    {
        RunValue.Proxy => ProxyUrl,
        RunValue.NoProxy => ThisMachine,
        RunValue.Bundle => Bundle,
        RunValue.Extra => Extra,
        RunValue.Wget => Wget,
        RunValue.Java => string.Join(' ', new[] { before, JavaOptions }.Where(it => !string.IsNullOrEmpty(it))),
        RunValue.On => "1",
        RunValue.Basic => "basic",
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    private string JavaOptions => string.Create(
        CultureInfo.InvariantCulture,
        $"-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={JavaPort} -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort={JavaPort} \"-Dhttp.nonProxyHosts=localhost|127.*|[::1]\" \"-Djavax.net.ssl.trustStore={JavaStore}\" -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword={Trust.JavaTrustStore.Password}");
}
