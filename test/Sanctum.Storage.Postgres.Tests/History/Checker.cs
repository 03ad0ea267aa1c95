using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Sanctum.Audit;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>Holds what was acknowledged against the log, and the log against the rules.</summary>
[UnsupportedOSPlatform("windows")]
internal static class Checker
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(45);

    /// <returns>What does not hold; none if all does.</returns>
    public static async Task<IReadOnlyList<string>> FlawsAsync(string settings, Records records, int usesPerHour, int leasesPerAgent)
    {
        await using var store = await PostgresVaultStore.OpenAsync(settings);
        await using var vault = await Vault.OpenAsync(store);
        var by = await vault.UnsealAsync(SeveralVaults.Passphrase);
        List<string> flaws = [];
        try
        {
            await vault.Audit.VerifyAsync(by);
        }
        catch (VaultException damaged)
        {
            flaws.Add($"audit verify: {damaged.Message}");
        }

        List<AuditEntry> log = [];
        await foreach (var entry in vault.Audit.ReadAsync(by))
        {
            log.Add(entry);
        }

        Uses(log, records, usesPerHour, flaws);
        Leases(log, records, leasesPerAgent, flaws);
        Versions(log, records, (await vault.Credentials.ListAsync(by)).Single(credential => credential.Path.Value == Workload.Versions).Version, flaws);
        Once(log, records, flaws);
        Approvals(log, records, flaws);
        Withdrawals(records, flaws);
        return flaws;
    }

    private static void Uses(List<AuditEntry> log, Records records, int most, List<string> flaws)
    {
        var written = log.Count(entry => entry is { Action: "use", Outcome: AuditOutcome.Allowed } && entry.Actor == $"agent:{Workload.Counter}");
        var (done, unknown) = (records.CountOf(Workload.Sign, Outcome.Done), records.CountOf(Workload.Sign, Outcome.Unknown));
        Add(flaws, written <= most, $"{written} uses were allowed, of at most {most}");
        Add(flaws, done <= written && written <= done + unknown, $"{done} uses were acknowledged and {unknown} failed, but {written} are in the log");
    }

    private static void Leases(List<AuditEntry> log, Records records, int most, List<string> flaws)
    {
        Dictionary<string, DateTimeOffset> held = new(StringComparer.Ordinal);
        HashSet<string> made = new(StringComparer.Ordinal), ended = new(StringComparer.Ordinal);
        foreach (var entry in log.Where(entry => entry is { LeaseId: not null, Outcome: AuditOutcome.Allowed }))
        {
            if (entry.Action == "retrieve")
            {
                var time = entry.Time;
                Add(flaws, made.Add(entry.LeaseId!), $"lease {entry.LeaseId} was made twice");
                held[entry.LeaseId!] = time + TimeSpan.FromSeconds(double.Parse(entry.Details!["ttl"], CultureInfo.InvariantCulture));

                // One that is over by its time takes no place, whether the log says so yet or not. An entry is written up to so much later than its time.
                var alive = held.Values.Count(expires => expires > time + LongestWait);
                Add(flaws, alive <= most, $"{alive} leases were held at entry {entry.Sequence}, of at most {most}");
            }
            else if (entry.Action is "lease.release" or "lease.revoke" or "lease.expire")
            {
                Add(flaws, held.Remove(entry.LeaseId!) && ended.Add(entry.LeaseId!), $"lease {entry.LeaseId} ended twice, or was never made");
            }
        }

        flaws.AddRange(records.Of(Workload.Retrieve).Where(it => it.Outcome == Outcome.Done && !made.Contains(it.Result!)).Select(it => $"lease {it.Result} was acknowledged and is not in the log"));
        flaws.AddRange(records.Of(Workload.Release).Where(it => it.Outcome == Outcome.Done && !ended.Contains(it.Result!)).Select(it => $"the release of {it.Result} was acknowledged and is not in the log"));
    }

    private static void Versions(List<AuditEntry> log, Records records, int last, List<string> flaws)
    {
        string[] written = [.. log.Where(entry => entry is { Action: "credential.store", Resource: Workload.Versions }).Select(entry => entry.Details!["version"])];
        string[] done = [.. records.Of(Workload.Store).Where(it => it.Outcome == Outcome.Done).Select(it => it.Result!)];
        Add(flaws, written.Length == last && written.SequenceEqual(Enumerable.Range(1, last).Select(number => number.ToString(CultureInfo.InvariantCulture))), $"the last version is {last}, and the log has {string.Join(' ', written)}");
        Add(flaws, done.Distinct().Count() == done.Length && done.All(written.Contains), "two were given one version, or one that was acknowledged is not there");
    }

    // Of what was done to a path of its own it is known one by one what the log says.
    private static void Once(List<AuditEntry> log, Records records, List<string> flaws)
    {
        var written = log.Where(entry => entry is { Action: "credential.store", Outcome: AuditOutcome.Allowed }).Select(entry => entry.Resource).ToHashSet(StringComparer.Ordinal);
        foreach (var once in records.Of(Workload.Once))
        {
            Add(flaws, once.Outcome != Outcome.Done || written.Contains(once.Subject), $"{once.Subject} was acknowledged and is not in the log");
            Add(flaws, once.Outcome is not (Outcome.NotWritten or Outcome.Refused) || !written.Contains(once.Subject), $"{once.Subject} was said not to be written, and is in the log: {once.Result}");
        }
    }

    private static void Approvals(List<AuditEntry> log, Records records, List<string> flaws)
    {
        HashSet<string> given = new(StringComparer.Ordinal);
        var used = 0;
        foreach (var entry in log.Where(entry => entry.Outcome == AuditOutcome.Allowed))
        {
            if (entry.Action == "approval.grant")
            {
                Add(flaws, given.Add(entry.Details!["approval_id"]), $"approval {entry.Details["approval_id"]} was given twice");
            }
            else if (entry.Action == "use" && entry.Actor == $"agent:{Workload.Asker}")
            {
                used++;
                Add(flaws, used <= given.Count, $"{used} calls were allowed at entry {entry.Sequence}, with {given.Count} approvals");
            }
        }

        var (done, unknown) = (records.CountOf(Workload.Asked, Outcome.Done), records.CountOf(Workload.Asked, Outcome.Unknown));
        Add(flaws, done <= used && used <= done + unknown, $"{done} approved calls were acknowledged and {unknown} failed, but {used} are in the log");
        flaws.AddRange(records.Of(Workload.Approve).Where(it => it.Outcome == Outcome.Done && !given.Contains(it.Result!)).Select(it => $"approval {it.Result} was acknowledged and is not in the log"));
    }

    // Between the moment in which a withdrawal was acknowledged and the moment in which the next grant was asked for, nothing that began may have been done.
    private static void Withdrawals(Records records, List<string> flaws)
    {
        Operation[] changes = [.. records.Of(Workload.Grant).Concat(records.Of(Workload.Withdraw)).OrderBy(change => change.Start)];
        for (var i = 0; i + 1 < changes.Length; i++)
        {
            if (changes[i] is { Kind: Workload.Withdraw, Outcome: Outcome.Done or Outcome.Refused } && changes[i + 1].Kind == Workload.Grant)
            {
                var (from, to) = (changes[i].End, changes[i + 1].Start);
                var late = records.Of(Workload.Toggled).Count(call => call.Outcome == Outcome.Done && call.Start > from && call.End < to);
                Add(flaws, late == 0, $"{late} calls were allowed within {Stopwatch.GetElapsedTime(from, to).TotalMilliseconds:0} ms after the withdrawal");
            }
        }
    }

    private static void Add(List<string> flaws, bool holds, string flaw)
    {
        if (!holds)
        {
            flaws.Add(flaw);
        }
    }
}
