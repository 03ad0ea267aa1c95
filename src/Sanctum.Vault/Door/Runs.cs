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

    /// <exception cref="VaultException">A credential is not the agent's to use, access denied, which is recorded; it is a honeytoken, quarantined; there are too many, invalid params; there are too many runs, rate limited.</exception>
    public static async Task<Run> BeginAsync(UnsealedVault vault, Caller caller, IReadOnlyList<CredentialPath>? paths, CancellationToken cancellationToken)
    {
        // Before anything is decided: what is malformed leaves no entry, and so many refusals would fill the log.
        var named = paths?.Distinct().ToList();
        RequireFew(named?.Count ?? 0);
        await vault.CatchUpAsync().ConfigureAwait(false);
        if (named?.Where(path => !MayUse(path) || vault.Authorizer.IsHoneytoken(path)).ToList() is { Count: > 0 } refused)
        {
            await vault.Authorizer.RefuseAsync(caller, PolicyActions.Use, refused, AuditActions.Use).ConfigureAwait(false);
        }

        var chosen = named is null
            ? vault.Credentials.Ordered.Where(credential => credential.Hosts.Count + credential.AllowedOrigins.Count > 0 && MayUse(credential.Path)).ToList()
            : named.Select(vault.Credentials.Require).ToList();
        RequireFew(chosen.Count);

        // Before any secret is opened: each placeholder costs time and memory.
        var place = await EnterAsync(vault, caller, chosen.Count).ConfigureAwait(false);
        try
        {
            Dictionary<CredentialPath, string> placeholders = [];
            foreach (var credential in chosen)
            {
                using var secret = await vault.OpenSecretAsync(credential, cancellationToken).ConfigureAwait(false);
                placeholders[credential.Path] = PlaceholderText.For(secret.Span);
            }

            return new Run(placeholders, [.. chosen.SelectMany(HostsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], place);
        }
        catch
        {
            place.Dispose();
            throw;
        }

        bool MayUse(CredentialPath path) => vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, path);
    }

    private static async Task<IDisposable> EnterAsync(UnsealedVault vault, Caller caller, int placeholders)
    {
        try
        {
            return vault.Runs.Enter(caller.Agent, placeholders);
        }
        catch (VaultException refused)
        {
            await AgentEntry.RecordRefusalAsync(vault, AgentEntry.Of(vault, caller, AuditActions.Use) with
            {
                Outcome = AuditOutcome.Failed,
                Reason = refused.Code,
                Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["way"] = "run" },
            }).ConfigureAwait(false);
            throw;
        }
    }

    private static void RequireFew(int count)
    {
        if (count > MostCredentials)
        {
            throw Errors.InvalidParams("credentials", $"a run has at most {MostCredentials} credentials: name those that the program needs");
        }
    }

    private static IEnumerable<string> HostsOf(CredentialInfo credential) =>
        credential.Hosts.Concat(credential.AllowedOrigins.Select(text => Origin.TryParse(text, out var origin) ? origin.Authority : text));
}
