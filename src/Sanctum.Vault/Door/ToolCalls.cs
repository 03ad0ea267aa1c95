using System.Globalization;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>
/// Decides which tools of other servers an agent may call, and keeps what it says has become of its calls. The calls themselves go past the vault: who asks here
/// is the program between a host and a server, which is the agent's own. What is called with which arguments, the vault is not told.
/// </summary>
internal static class ToolCalls
{
    /// <summary>Of how many tools can be asked at once.</summary>
    public const int Most = 256;

    private static readonly TimeSpan LongestCall = TimeSpan.FromDays(1);

    /// <summary>Lets a call be made. That it was let is durable by then.</summary>
    /// <exception cref="VaultException">No policy grants it, access denied; the agent calls tools too often, rate limited. Both are recorded.</exception>
    public static async Task RequireAsync(UnsealedVault vault, Caller caller, ToolName tool)
    {
        var policies = GrantsOf(vault, caller.Agent, tool);
        if (policies.Count == 0)
        {
            throw await RefusedAsync(vault, caller, tool).ConfigureAwait(false);
        }

        var entry = Entry(vault, caller, AuditActions.ToolCall, tool) with { Policies = [.. policies.Select(policy => policy.Name)] };
        await RequireSeldomAsync(vault, caller, Rated.ToolCalls, entry).ConfigureAwait(false);
        try
        {
            // What another daemon withdrew is known only right before it is written.
            await vault.Journal.CommitAsync(entry, check: () => GrantsOf(vault, caller.Agent, tool).Count == 0 ? new ChangedMeanwhileException() : null).ConfigureAwait(false);
        }
        catch (ChangedMeanwhileException)
        {
            throw await RefusedAsync(vault, caller, tool).ConfigureAwait(false);
        }
    }

    /// <summary>Records what became of a call. It has to be one that the agent may make.</summary>
    /// <exception cref="VaultException">No policy grants it; access denied, which is recorded.</exception>
    public static async Task RecordAsync(UnsealedVault vault, Caller caller, ToolName tool, ToolReport report)
    {
        if (report.Took < TimeSpan.Zero || report.Took > LongestCall)
        {
            throw Errors.InvalidParams("duration_ms", $"a call takes 0 to {LongestCall.TotalMilliseconds:0} milliseconds");
        }

        if (report.Redacted < 0 || report.Escaped < 0)
        {
            throw Errors.InvalidParams("redacted", "a number of occurrences is not negative");
        }

        var isRefusal = report.Result == ToolResult.Changed;
        if (!isRefusal && GrantsOf(vault, caller.Agent, tool).Count == 0)
        {
            throw await RefusedAsync(vault, caller, tool).ConfigureAwait(false);
        }

        var entry = Entry(vault, caller, AuditActions.ToolOutcome, tool) with
        {
            Outcome = report.Result is ToolResult.Ok ? AuditOutcome.Allowed : isRefusal ? AuditOutcome.Denied : AuditOutcome.Failed,
            Details = DetailsOf(report),
        };

        // That it was let is durable. A call that was not made is one of those that an agent can have as many of as it likes.
        if (isRefusal)
        {
            await AgentEntry.RecordRefusalAsync(vault, entry).ConfigureAwait(false);
        }
        else
        {
            await RequireSeldomAsync(vault, caller, Rated.ToolReports, entry).ConfigureAwait(false);
            vault.Journal.Append(entry);
        }
    }

    /// <summary>Which of some tools the agent may call now. That it was asked is recorded as a list.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(UnsealedVault vault, Caller caller, string server, IReadOnlyList<string> tools)
    {
        if (tools.Count > Most)
        {
            throw Errors.InvalidParams("tools", $"at most {Most} tools at once");
        }

        if (!ToolName.IsServer(server))
        {
            _ = ToolName.Parse(server, null);
        }

        var entry = AgentEntry.Of(vault, caller, AuditActions.List, $"{ToolName.Prefix}{server}/*");
        if (vault.Tally.TryTake(entry.Actor, Tallied.Lists, entry, out _))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
        else
        {
            await vault.CatchUpAsync().ConfigureAwait(false);
        }

        // One whose name no policy can speak of is nobody's to call.
        return [.. tools.Where(tool => ToolName.IsTool(tool) && GrantsOf(vault, caller.Agent, ToolName.Parse(server, tool)).Count > 0)];
    }

    /// <summary>What would become of a call now, and why. Nothing is recorded.</summary>
    public static Simulation Simulate(UnsealedVault vault, AgentName agent, ToolName tool)
    {
        string[] names = [.. GrantsOf(vault, agent, tool).Select(policy => policy.Name)];
        return names.Length > 0
            ? new Simulation(true, null, $"granted by '{string.Join("', '", names)}'", names, null)
            : new Simulation(false, VaultErrorCode.AccessDenied, $"no policy grants call on {tool} to agent {agent}", names, null);
    }

    private static IReadOnlyList<Policy> GrantsOf(UnsealedVault vault, AgentName agent, ToolName tool) =>
        vault.Policies.LettingCall(agent, tool, vault.Moment);

    private static async Task RequireSeldomAsync(UnsealedVault vault, Caller caller, Rated what, AuditEntry entry)
    {
        try
        {
            vault.Rates.Require(caller.Agent, what);
        }
        catch (VaultException tooOften)
        {
            await AgentEntry.RecordRefusalAsync(vault, entry with { Outcome = AuditOutcome.Denied, Reason = tooOften.Code }).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<VaultException> RefusedAsync(UnsealedVault vault, Caller caller, ToolName tool)
    {
        var refusal = Errors.ToolNotGranted(caller.Agent, tool);
        await AgentEntry.RecordRefusalAsync(vault, Entry(vault, caller, AuditActions.ToolCall, tool) with { Outcome = AuditOutcome.Denied, Reason = refusal.Code }).ConfigureAwait(false);
        return refusal;
    }

    private static AuditEntry Entry(UnsealedVault vault, Caller caller, string action, ToolName tool) => AgentEntry.Of(vault, caller, action, tool.ToString());

    private static Dictionary<string, string> DetailsOf(ToolReport report)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["result"] = report.Result.ToString().ToLowerInvariant(),
            ["duration_ms"] = ((long)report.Took.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        };
        if (report.Redacted > 0)
        {
            details["redacted"] = report.Redacted.ToString(CultureInfo.InvariantCulture);
        }

        if (report.Escaped > 0)
        {
            details["escaped"] = report.Escaped.ToString(CultureInfo.InvariantCulture);
        }

        return details;
    }
}
