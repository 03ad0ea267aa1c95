using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Sanctum.Client;
using Sanctum.Daemon.Admin;

namespace Sanctum.Storage.Postgres.Tests.History;

/// <summary>Agents that count, hold leases and ask, and operators who store versions, grant, withdraw and approve, at all daemons at once.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class Workload(Daemons daemons, Records records, int usesPerHour)
{
    public const string Counter = "counter", Leaser = "leaser", Toggler = "toggler", Asker = "asker";
    public const string Sign = "sign", Retrieve = "retrieve", Release = "release", Store = "store", Once = "once", Grant = "grant", Withdraw = "withdraw", Toggled = "toggled", Approve = "approve", Look = "look", Asked = "asked";
    public const string Versions = "data/versions", OncePrefix = "once/";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<string> _leases = new();
    private int _paths;

    public async Task SetUpAsync() => await daemons.OperateAsync(0, async by =>
    {
        foreach (var agent in (string[])[Counter, Leaser, Toggler, Asker])
        {
            await by.RegisterAgentAsync(agent, await daemons.MakeKeyAsync(agent), "");
            await by.StoreAsync(new StoreRequest($"{agent}/key", "a shared secret of some length"u8.ToArray(), "hmac"));
        }

        await by.AddPolicyAsync(new PolicyView(Counter, $"agent:{Counter}", [$"{Counter}/*"], ["use"], Conditions: new ConditionsView(MaxUsesPerHour: usesPerHour)));
        await by.AddPolicyAsync(new PolicyView(Leaser, $"agent:{Leaser}", [$"{Leaser}/*"], ["retrieve"]));
        await by.AddPolicyAsync(new PolicyView(Asker, $"agent:{Asker}", [$"{Asker}/*"], ["use"], Conditions: new ConditionsView(RequireApproval: true)));
        return true;
    });

    /// <summary>Waits until one does what no rule refuses.</summary>
    /// <returns>Null once it did; what became of each try where it did not for so long.</returns>
    public async Task<IReadOnlyList<string>?> TriesUntilServedAsync(int number, TimeSpan patience)
    {
        List<string> failed = [];
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience;)
        {
            var made = await records.MakeAsync(Store, () => StoreAsync(number, Versions));
            if (made.Outcome == Outcome.Done)
            {
                return null;
            }

            failed.Add($"{DateTime.UtcNow:O} after {Stopwatch.GetElapsedTime(made.Start, made.End).TotalSeconds:0.0} s: {made.Outcome}: {made.Result}");
            await Task.Delay(Between);
        }

        return failed;
    }

    /// <summary>Works until it is over.</summary>
    public Task RunAsync(CancellationToken over)
    {
        List<Task> all = [TogglingAsync(over)];
        foreach (var number in Enumerable.Range(0, daemons.Count))
        {
            all.AddRange([
                CallingAsync(number, Counter, SignAsync, over), CallingAsync(number, Counter, SignAsync, over), CallingAsync(number, Leaser, LeaseAsync, over),
                CallingAsync(number, Toggler, ToggledAsync, over), StoringAsync(number, over), ApprovingAsync(number, over),
            ]);

            // Two make the same call: each approval is for one of them.
            var turn = new StrongBox<int>();
            all.AddRange([CallingAsync(number, Asker, client => AskAsync(client, number, turn), over), CallingAsync(number, Asker, client => AskAsync(client, number, turn), over)]);
        }

        return Task.WhenAll(all);
    }

    private async Task CallingAsync(int number, string agent, Func<SanctumClient, Task> call, CancellationToken over)
    {
        await using var client = daemons.ClientOf(number, agent);
        while (!over.IsCancellationRequested)
        {
            await call(client);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private Task SignAsync(SanctumClient client) => records.MakeAsync(Sign, async () => (await client.SignAsync($"{Counter}/key", "order 42")).ToString());

    private Task ToggledAsync(SanctumClient client) => records.MakeAsync(Toggled, async () => (await client.SignAsync($"{Toggler}/key", "order 42")).ToString());

    private async Task LeaseAsync(SanctumClient client)
    {
        if (Random.Shared.Next(2) == 0 && _leases.TryDequeue(out var held))
        {
            var released = await records.MakeAsync(Release, async () =>
            {
                await client.ReleaseLeaseAsync(held);
                return held;
            });
            if (released.Outcome is Outcome.Unknown or Outcome.NotWritten)
            {
                _leases.Enqueue(held);
            }
        }
        else
        {
            // Not disposed: that would release it, and somebody else does.
            var made = await records.MakeAsync(Retrieve, async () => (await client.RetrieveLeaseAsync($"{Leaser}/key", TimeSpan.FromMinutes(5))).LeaseId);
            if (made.Outcome == Outcome.Done)
            {
                _leases.Enqueue(made.Result!);
            }
        }
    }

    private async Task AskAsync(SanctumClient client, int number, StrongBox<int> turn)
    {
        var now = turn.Value;
        var asked = await records.MakeAsync(Asked, async () => (await client.SignAsync($"{Asker}/key", $"order {number}-{now}")).ToString());
        if (asked.Outcome == Outcome.Done)
        {
            Interlocked.CompareExchange(ref turn.Value, now + 1, now);
        }
    }

    private async Task ApprovingAsync(int number, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            IReadOnlyList<ApprovalView> waiting = [];
            await records.MakeAsync(Look, () => daemons.OperateAsync(number, async by =>
            {
                waiting = await by.ListApprovalsAsync(CancellationToken.None);
                return (string?)null;
            }));
            foreach (var call in waiting)
            {
                await records.MakeAsync(Approve, () => daemons.OperateAsync(number, async by =>
                {
                    await by.DecideApprovalAsync(new ApprovalDecision(call.ApprovalId, Approve: true), CancellationToken.None);
                    return (string?)call.ApprovalId;
                }));
            }

            await Task.Delay(Between, CancellationToken.None);
        }
    }

    private async Task StoringAsync(int number, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await records.MakeAsync(Store, () => StoreAsync(number, Versions));
            await Task.Delay(Between, CancellationToken.None);
            var path = $"{OncePrefix}{Interlocked.Increment(ref _paths)}";
            await records.MakeAsync(Once, () => StoreAsync(number, path), path);
            await Task.Delay(Between, CancellationToken.None);
        }
    }

    private Task<string?> StoreAsync(int number, string path) => daemons.OperateAsync(number, async by =>
        (string?)(await by.StoreAsync(new StoreRequest(path, "another secret of some length"u8.ToArray(), "api_key"))).Version.ToString(CultureInfo.InvariantCulture));

    private async Task TogglingAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await UntilKnownAsync(Grant, by => by.AddPolicyAsync(new PolicyView(Toggler, $"agent:{Toggler}", [$"{Toggler}/*"], ["use"])), over);
            await Task.Delay(TimeSpan.FromMilliseconds(300), CancellationToken.None);
            await UntilKnownAsync(Withdraw, async by =>
            {
                await by.RemovePolicyAsync(Toggler);
                return true;
            }, over);
            await Task.Delay(TimeSpan.FromMilliseconds(300), CancellationToken.None);
        }
    }

    // That it is there already, or gone already, is known too: an earlier try was written.
    private async Task UntilKnownAsync<T>(string kind, Func<IOperatorApi, Task<T>> change, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var made = await records.MakeAsync(kind, () => daemons.OperateAsync(Random.Shared.Next(daemons.Count), async by =>
            {
                await change(by);
                return (string?)null;
            }));
            if (made.Outcome is Outcome.Done or Outcome.Refused)
            {
                return;
            }
        }
    }
}
