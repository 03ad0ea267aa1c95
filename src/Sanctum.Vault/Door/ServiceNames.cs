using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Which credential a service's name means.</summary>
internal static class ServiceNames
{
    // What is compared in one call; beyond it, only a path names a credential.
    private const int MostNamed = 5;

    // More are looked through in the agent's turn.
    private const int Many = 1000;

    /// <summary>
    /// The first of these that fits: a credential's path; a host; the first part of a path. Of the last two there has to be one credential that the agent can
    /// use. Nothing is made of what follows a host's slash.
    /// </summary>
    /// <exception cref="VaultException">It can be no path and names nothing, or several; invalid params. The agent's turn does not come; rate limited.</exception>
    public static async ValueTask<CredentialPath> FindAsync(UnsealedVault vault, Caller caller, string service, CancellationToken cancellationToken)
    {
        if (service.Length > CredentialPath.MaxLength)
        {
            throw Errors.InvalidParams("service", $"a service has at most {CredentialPath.MaxLength} characters");
        }

        _ = CredentialPath.TryParse(service, out var path);
        if (path is not null && vault.Credentials.TryFind(path, out _))
        {
            return path;
        }

        var found = vault.Credentials.Count > Many
            ? await vault.Heavy.RunAsync(caller.Agent, () => ValueTask.FromResult(Named(vault, caller, service)), cancellationToken).ConfigureAwait(false)
            : Named(vault, caller, service);
        return found switch
        {
            [var only] => only.Path,
            [] => path ?? throw Errors.InvalidParams("service", "a service is a credential's path, a host that one is bound to, or the first part of its path"),
            _ => throw Errors.SeveralServices(found.Take(MostNamed).Select(credential => credential.Path)),
        };
    }

    private static List<CredentialInfo> Named(UnsealedVault vault, Caller caller, string service)
    {
        var (below, host) = ($"{service}/", service.Split('/')[0]);
        return [.. vault.Credentials.Ordered
            .Where(credential => vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path)
                && (credential.Path.Value.StartsWith(below, StringComparison.Ordinal) || HostsOf(credential).Contains(host, StringComparer.Ordinal)))
            .Take(MostNamed + 1)];
    }

    /// <summary>The hosts that a credential may be sent to, with a port where it is not the scheme's own. Those over HTTPS come first.</summary>
    public static IReadOnlyList<string> HostsOf(CredentialInfo credential) =>
        [.. Binding.OriginsOf(credential).Select(origin => origin.Authority).Distinct(StringComparer.Ordinal)];
}
