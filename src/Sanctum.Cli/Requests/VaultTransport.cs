using Sanctum.Client;

namespace Sanctum.Cli.Requests;

/// <summary>The one place where the command line has the vault send a request.</summary>
internal sealed class VaultTransport(SanctumClient agent, string path)
{
    /// <summary>The response, whatever its status.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => agent.SendAsync(path, request, cancellationToken);
}
