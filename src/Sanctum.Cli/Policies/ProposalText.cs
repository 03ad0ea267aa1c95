using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Policies;

/// <summary>What an agent asks for, in words. The agent's own words are shown so that none of them is hidden.</summary>
internal static class ProposalText
{
    /// <summary>The proposal with the agent's words made visible.</summary>
    public static ProposalView Visible(ProposalView it) => it with { Reason = VisibleText.Of(it.Reason) };

    public static string What(ProposalView it) => $"{it.Operation} {it.Path ?? $"(a credential of {it.Service})"}";

    /// <param name="it">The proposal, made visible.</param>
    /// <param name="credentials">Those that there are; null where they can't be seen.</param>
    public static IEnumerable<(string Member, string Value)> Members(ProposalView it, IReadOnlyList<CredentialView>? credentials)
    {
        yield return ("id", it.ProposalId);
        yield return ("agent", it.Agent);
        yield return ("operation", it.Operation);
        yield return it.Path is { } path ? ("credential", path) : ("service", it.Service!);
        yield return ("hosts", it.Hosts.Count == 0 ? "those of the credential" : string.Join(", ", it.Hosts));
        yield return ("for", Times.Span(TimeSpan.FromSeconds(it.ForSeconds)));
        yield return ("its reason", $"\"{it.Reason}\"");
        yield return ("requested", Times.Local(it.RequestedAt));
        yield return ("status", it.Status);
        if (it.Granted is { } granted)
        {
            yield return ("policy", $"{granted.Policy}: {granted.Operation} {granted.Path}, until {Times.Local(granted.ExpiresAt)}");
        }

        if (it.Denial is { } denial)
        {
            yield return ("denied", denial);
        }

        if (it.Status == "pending")
        {
            yield return ("expires", Times.Local(it.ExpiresAt));
            foreach (var step in Steps(it, credentials))
            {
                yield return ("to do", step);
            }
        }
    }

    // Secrets never come from the agent: the operator stores them.
    private static IEnumerable<string> Steps(ProposalView it, IReadOnlyList<CredentialView>? credentials)
    {
        var path = it.Path;
        if (path is null)
        {
            var found = (credentials ?? []).Where(credential => credential.Path.Split('/').Contains(it.Service, StringComparer.OrdinalIgnoreCase)).Select(credential => credential.Path).Take(5).ToList();
            yield return found.Count > 0 ? $"choose a credential: {string.Join(", ", found)}" : $"no path names {it.Service}: store its credential with 'sanctum store PATH'";
        }
        else if (credentials?.FirstOrDefault(credential => credential.Path == path) is not { } credential)
        {
            yield return $"{(credentials is null ? "if there is no such credential" : "there is no such credential")}: store it with 'sanctum store {path}{string.Concat(it.Hosts.Select(host => $" --host {host}"))}'";
        }
        else if (it.Hosts.Where(host => !credential.Hosts.Contains(host, StringComparer.Ordinal)).ToList() is { Count: > 0 } unbound)
        {
            yield return $"the credential is not bound to {string.Join(", ", unbound)}, and requests go only where it is";
        }

        yield return $"grant it with 'sanctum approval grant {it.ProposalId}{(path is null ? " --path PATH" : "")}', or less with its options";
        yield return $"or 'sanctum approval deny {it.ProposalId}'";
    }
}
