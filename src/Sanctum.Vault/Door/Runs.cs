using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Makes <see cref="Run"/>s.</summary>
internal static class Runs
{
    // One program has the credentials that it needs; all of a large vault's would each be looked for in every request.
    private const int MostCredentials = 256;

    /// <exception cref="VaultException">A credential is not the agent's to use, access denied, which is recorded; there are too many, invalid params.</exception>
    public static async Task<Run> BeginAsync(UnsealedVault vault, Caller caller, IReadOnlyList<CredentialPath>? paths, CancellationToken cancellationToken)
    {
        if (paths?.FirstOrDefault(path => !MayUse(path)) is { } refused)
        {
            await vault.Authorizer.RefuseAsync(caller, PolicyActions.Use, refused, AuditActions.Use).ConfigureAwait(false);
        }

        var chosen = paths is null
            ? vault.Credentials.Ordered.Where(credential => credential.Hosts.Count + credential.AllowedOrigins.Count > 0 && MayUse(credential.Path)).ToList()
            : paths.Distinct().Select(vault.Credentials.Require).ToList();
        if (chosen.Count > MostCredentials)
        {
            throw Errors.InvalidParams("credentials", $"a run has at most {MostCredentials} credentials: name those that the program needs");
        }

        Dictionary<CredentialPath, string> placeholders = [];
        foreach (var credential in chosen)
        {
            using var secret = await vault.OpenSecretAsync(credential, cancellationToken).ConfigureAwait(false);
            placeholders[credential.Path] = PlaceholderText.For(secret.Span);
        }

        return new Run(placeholders, [.. chosen.SelectMany(HostsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

        bool MayUse(CredentialPath path) => vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, path);
    }

    private static IEnumerable<string> HostsOf(CredentialInfo credential) =>
        credential.Hosts.Concat(credential.AllowedOrigins.Select(text => Origin.TryParse(text, out var origin) ? origin.Authority : text));
}
