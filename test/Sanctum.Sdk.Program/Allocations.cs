using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sanctum.Client;

namespace Sanctum.Sdk.Program;

/// <summary>What a request allocates in a program: with an HttpClient of its own, and with one that sends through the vault.</summary>
internal static class Allocations
{
    private const int Warmup = 200, Counted = 1000;

    public static async Task<(long Bare, long Handler)> MeasureAsync(string socket, string keys, string url, string authority)
    {
        await using var client = await SanctumClient.ConnectAsync("program", new() { SocketPath = socket, KeyDirectory = keys });
        using var handler = new HttpClient(new SanctumHttpHandler(client, "openai/key"));
        using var bare = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { X509Certificate2.CreateFromPem(File.ReadAllText(authority)) }, RevocationMode = X509RevocationMode.NoCheck },
            },
        });
        return (await OfAsync(bare, url), await OfAsync(handler, url));
    }

    private static async Task<long> OfAsync(HttpClient http, string url)
    {
        await SendAsync(http, url, Warmup);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(http, url, Counted);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Counted;
    }

    private static async Task SendAsync(HttpClient http, string url, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Add("Authorization", "Bearer placeholder");
            using var response = await http.SendAsync(request);
            if (response.StatusCode != HttpStatusCode.OK || (await response.Content.ReadAsByteArrayAsync()).Length != 2)
            {
                throw new InvalidOperationException($"status {response.StatusCode}");
            }
        }
    }
}
