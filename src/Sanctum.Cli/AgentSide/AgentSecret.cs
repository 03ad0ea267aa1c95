using Sanctum.Cli.CommandLine;
using Sanctum.Client;

namespace Sanctum.Cli.AgentSide;

/// <summary>A secret that an agent takes out of the vault for a moment.</summary>
internal static class AgentSecret
{
    // It is printed and given back at once. Where this process is killed before that, the lease ends by itself.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(60);

    /// <summary>Takes it. Disposing the lease gives it back.</summary>
    /// <exception cref="CliException">The agent sees the credential, but may not retrieve it.</exception>
    public static async Task<CredentialLease> TakeAsync(SanctumClient agent, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await agent.RetrieveLeaseAsync(path, Moment, cancellationToken).ConfigureAwait(false);
        }
        catch (AccessDeniedException refused)
        {
            throw await SeesAsync(agent, path, cancellationToken).ConfigureAwait(false) ? CliErrors.NotRetrievable(agent.AgentName, path, refused) : refused;
        }
    }

    private static async Task<bool> SeesAsync(SanctumClient agent, string path, CancellationToken cancellationToken) =>
        (await agent.ListAsync(path, cancellationToken).ConfigureAwait(false)).Any(it => it.Path == path);
}
