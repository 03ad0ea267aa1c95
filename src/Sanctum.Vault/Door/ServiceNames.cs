using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Which credential a service's name means.</summary>
internal static class ServiceNames
{
    // What is compared in one call; beyond it, only a path names a credential.
    private const int MostNamed = 5;

    /// <summary>
    /// The first of these that fits: a credential's path; a host; the first part of a path. Of the last two there has to be one credential that the agent can
    /// use. Nothing is made of what follows a host's slash.
    /// </summary>
    /// <exception cref="VaultException">It can be no path and names nothing, or several; invalid params.</exception>
    public static CredentialPath Find(UnsealedVault vault, Caller caller, string service)
    {
        _ = CredentialPath.TryParse(service, out var path);
        if (path is not null && vault.Credentials.TryFind(path, out _))
        {
            return path;
        }

        var host = service.Split('/')[0];
        List<CredentialInfo> found = [.. vault.Credentials.Ordered
            .Where(credential => (credential.Path.Value.StartsWith(service + "/", StringComparison.Ordinal) || HostsOf(credential).Contains(host, StringComparer.Ordinal))
                && vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path))
            .Take(MostNamed + 1)];
        return found switch
        {
            [var only] => only.Path,
            [] => path ?? throw Errors.InvalidParams("service", "a service is a credential's path, a host that one is bound to, or the first part of its path"),
            _ => throw Errors.SeveralServices(found.Take(MostNamed).Select(credential => credential.Path)),
        };
    }

    /// <summary>The hosts that a credential may be sent to, with a port where it is not the scheme's own. Those over HTTPS come first.</summary>
    public static IReadOnlyList<string> HostsOf(CredentialInfo credential) =>
        [.. Binding.OriginsOf(credential).Select(origin => origin.Authority).Distinct(StringComparer.Ordinal)];
}
