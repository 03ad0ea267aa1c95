using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;

namespace Sanctum.Sealing;

/// <summary>
/// Measures what is recorded. Labels have values of this code and, if the host allows it, names of agents and credentials that there are: nothing that an agent
/// makes up is one. docs/telemetry.md has the names.
/// </summary>
internal sealed class AuditMetrics(UnsealedVault vault)
{
    private const string Other = "_OTHER";

    private static readonly Meter _meter = new("Sanctum.Vault", typeof(AuditMetrics).Assembly.GetName().Version?.ToString(3));
    private static readonly Counter<long> _entries = _meter.CreateCounter<long>("sanctum.audit.entries", "{entry}", "Entries of the audit log.");
    private static readonly Histogram<double> _commits = _meter.CreateHistogram(
        "sanctum.commit.duration",
        "s",
        "How long it took to make a batch of entries durable.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] });

    /// <summary>Counts an entry.</summary>
    public void Count(AuditEntry entry)
    {
        if (!_entries.Enabled)
        {
            return;
        }

        var tags = new TagList { { "sanctum.action", entry.Action }, { "sanctum.outcome", OutcomeName(entry.Outcome) } };
        if (entry.Reason is { } reason)
        {
            tags.Add("error.type", reason.ToString());
        }

        var labels = vault.Options.MetricLabels;
        if (labels.HasFlag(MetricLabels.Agent))
        {
            tags.Add("sanctum.agent", AgentOf(entry));
        }

        if (labels.HasFlag(MetricLabels.Credential) && entry.Resource is { } resource)
        {
            tags.Add("sanctum.credential", CredentialPath.TryParse(resource, out var path) && vault.Credentials.TryFind(path, out _) ? resource : Other);
        }

        _entries.Add(1, tags);
    }

    /// <summary>When a commit begins; 0 where nobody measures.</summary>
    public static long Start() => _commits.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A commit has ended.</summary>
    /// <param name="start">Of <see cref="Start"/>.</param>
    /// <param name="failure">Why it failed; null when it did not.</param>
    public static void Committed(long start, Exception? failure)
    {
        if (start != 0)
        {
            _commits.Record(
                Stopwatch.GetElapsedTime(start).TotalSeconds,
                failure is null ? default : new TagList { { "error.type", failure.GetType().Name } });
        }
    }

    private string AgentOf(AuditEntry entry) => entry.Actor switch
    {
        Actors.Operator or Actors.Vault => entry.Actor,
        _ when entry.Actor.StartsWith(Actors.AgentPrefix, StringComparison.Ordinal)
            && AgentName.TryParse(entry.Actor[Actors.AgentPrefix.Length..], out var name) && vault.Agents.ContainsKey(name) => name.Value,
        _ => Other,
    };

    private static string OutcomeName(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Allowed => "allowed",
        AuditOutcome.Denied => "denied",
        _ => "failed",
    };
}
