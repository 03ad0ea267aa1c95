using Amazon.Runtime;
using Sanctum.Client;

namespace Sanctum.Sample.Sdks;

internal sealed class VaultHttpClients(SanctumClient vault, string path) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SanctumHttpHandler(vault, path));
}
