using System.Globalization;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Shows an agent what it may act on, and nothing else.</summary>
internal static class CredentialListing
{
    private const int MaxLimit = 100_000;

    // More are compared with the agent's policies in its turn: 100,000 take a processor for a tenth of a second.
    private const int Many = 1000;

    // What an entry costs on the wire besides its text, and what a character costs at the worst (escaped).
    private const int EntryBytes = 256;
    private const int CharacterBytes = 6;

    public static async Task<CredentialPage> ListAsync(
        UnsealedVault vault, Caller caller, string? prefix, int? limit, string? cursor, CancellationToken cancellationToken, bool forLeases = false, bool withActions = false)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw Errors.InvalidParams("limit", $"a limit is 1 to {MaxLimit}");
        }

        if (cursor is not null && !CredentialPath.TryParse(cursor, out _))
        {
            throw Errors.InvalidParams("cursor", "a cursor is the next_cursor of an earlier list");
        }

        var (policies, credentials) = (vault.Policies, vault.Credentials.Ordered);
        var page = await ToPageAsync().ConfigureAwait(false);
        var entry = AgentEntry.Of(vault, caller, AuditActions.List) with
        {
            Details = new Dictionary<string, string> { ["count"] = page.Credentials.Count.ToString(CultureInfo.InvariantCulture) },
        };
        if (vault.Tally.TryTake(entry.Actor, Tallied.Lists, entry, out _))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
        else
        {
            await vault.CatchUpAsync().ConfigureAwait(false);
        }

        // By now it is known what other daemons wrote before.
        return ReferenceEquals(policies, vault.Policies) && ReferenceEquals(credentials, vault.Credentials.Ordered) ? page : await ToPageAsync().ConfigureAwait(false);

        ValueTask<CredentialPage> ToPageAsync() => vault.Credentials.Count > Many
            ? vault.Heavy.RunAsync(caller.Agent, () => ValueTask.FromResult(ToPage()), cancellationToken)
            : ValueTask.FromResult(ToPage());

        CredentialPage ToPage() => Page(vault, caller, prefix ?? "", limit ?? MaxLimit, cursor, forLeases, withActions);
    }

    private static CredentialPage Page(UnsealedVault vault, Caller caller, string prefix, int limit, string? cursor, bool forLeases, bool withActions)
    {
        var policies = vault.Policies;
        List<CredentialInfo> page = [];
        var bytes = 0;
        foreach (var credential in vault.Credentials.Ordered)
        {
            var path = credential.Path.Value;
            if (!path.StartsWith(prefix, StringComparison.Ordinal)
                || (cursor is not null && string.CompareOrdinal(path, cursor) <= 0)
                || !(forLeases
                    ? credential.Hosts.Count + credential.AllowedOrigins.Count > 0 && policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path)
                    : policies.HoldsAnyGrant(caller.Agent, credential.Path)))
            {
                continue;
            }

            // Without a limit a page is all that fits a frame: clients that know nothing of cursors ask once.
            bytes += SizeOf(credential) + (withActions ? AccessSize(credential) : 0);
            if (page.Count == limit || (page.Count > 0 && bytes > vault.Options.MaxResultBytes))
            {
                return ToPage(page[^1].Path.Value);
            }

            page.Add(credential);
        }

        return ToPage(null);

        CredentialPage ToPage(string? next) => new(page, next)
        {
            Actions = withActions ? [.. page.Select(credential => policies.ActionsOn(caller.Agent, credential.Path))] : [],
        };
    }

    // What is said besides, where it was asked what the agent may do: actions, and where requests may go.
    private static int AccessSize(CredentialInfo credential) =>
        EntryBytes + (credential.Hosts.Concat(credential.AllowedOrigins).Sum(host => host.Length + 3) * CharacterBytes);

    private static int SizeOf(CredentialInfo credential)
    {
        var text = credential.Description.Length;
        foreach (var tag in credential.Tags)
        {
            text += tag.Length + 1;
        }

        return EntryBytes + credential.Path.Value.Length + credential.Type.Length + (text * CharacterBytes);
    }
}
