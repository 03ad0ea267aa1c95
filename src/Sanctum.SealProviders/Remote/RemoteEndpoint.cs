using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sanctum.Sealing;
using Sanctum.SealProviders.Files;

namespace Sanctum.SealProviders.Remote;

/// <summary>
/// A service that keeps keys, over HTTPS. One request at a time and nothing kept between: no proxy, no redirects, no cookies, no decompression, and responses of at most 64 KiB.
/// </summary>
internal sealed class RemoteEndpoint : IDisposable
{
    private const int LargestResponse = 64 * 1024;
    private const int LargestAuthorities = 8 * 1024 * 1024;

    private readonly HttpClient _http;

    /// <param name="origin">Such as <c>https://bao.example:8200</c>; <c>http</c> for an address of this machine only.</param>
    /// <param name="caFile">Authorities that are trusted instead of the system's, in PEM; null for the system's.</param>
    /// <exception cref="SealProviderException">One of them can't be used.</exception>
    public RemoteEndpoint(string origin, string? caFile)
    {
        Origin = Parse(origin);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.Zero,
        };
        if (caFile is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(caFile) };
        }

        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Scheme, host and port.</summary>
    public Uri Origin { get; }

    /// <summary>Sends a request and reads the response. The caller zeroes the body.</summary>
    /// <returns>The status, and the body, which is the caller's to zero.</returns>
    /// <exception cref="SealProviderException">There is no usable response.</exception>
    public async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(
        string path, ReadOnlyMemory<byte> body, string contentType, IEnumerable<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Origin, path)) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.Add("Content-Type", contentType);
        foreach (var (name, value) in headers)
        {
            if (name == "Authorization" && value.Split(' ', 2) is [var scheme, var parameter])
            {
                request.Headers.Authorization = new AuthenticationHeaderValue(scheme, parameter); // What AWS has is more than Add takes to be right.
            }
            else
            {
                request.Headers.Add(name, value);
            }
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is >= 300 and < 400)
            {
                throw new SealProviderException($"{Origin.Authority} redirects, and redirects are not followed", "use the address of the node that responds itself");
            }

            return (response.StatusCode, await ReadAsync(response, cancellationToken).ConfigureAwait(false));
        }
        catch (HttpRequestException failure)
        {
            throw failure.HttpRequestError == HttpRequestError.SecureConnectionError
                ? new SealProviderException($"the certificate of {Origin.Authority} is not trusted", "add its authority to the system's, or name it as 'ca_file' in the settings file", failure)
                : new SealProviderException($"{Origin.Authority} can't be reached", "check the address and the network", failure);
        }
        catch (IOException failure)
        {
            throw new SealProviderException($"{Origin.Authority} cut the response off", "try again", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private static Uri Parse(string origin)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var parsed) || parsed.UserInfo.Length > 0 || parsed.PathAndQuery != "/" || parsed.Fragment.Length > 0
            || origin.Any(it => it is <= ' ' or > '~' or '\\'))
        {
            throw new SealProviderException("the address in its settings file is not an origin", "write it like https://host:8200");
        }

        // In clear text on this machine only, and there by address: a name could lead elsewhere.
        return parsed.Scheme == Uri.UriSchemeHttps || (parsed.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
            ? parsed
            : throw new SealProviderException("the address in its settings file is not https", "use https; http is accepted for 127.0.0.1 and [::1] only");
    }

    private static X509ChainPolicy Trusting(string caFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        try
        {
            policy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(ProviderFile.Read(caFile, "its 'ca_file'", LargestAuthorities)));
        }
        catch (CryptographicException malformed)
        {
            throw new SealProviderException("its 'ca_file' has a certificate that can't be read", "use a file of certificates in PEM", malformed);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new SealProviderException("its 'ca_file' contains no certificate", "use a file of certificates in PEM");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var buffer = GC.AllocateUninitializedArray<byte>(LargestResponse + 1, pinned: true);
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            try
            {
                return length <= LargestResponse
                    ? KeyBase64Converter.Pinned(buffer.AsSpan(0, length))
                    : throw new SealProviderException($"the response of {Origin.Authority} is larger than {LargestResponse / 1024} KiB", "check that the address is the right service");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(buffer);
            }
        }
    }
}
