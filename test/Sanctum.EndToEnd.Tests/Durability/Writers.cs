using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>Two agents and two operators who write until the daemon is killed under them.</summary>
/// <param name="home">Where.</param>
/// <param name="acknowledged">Where they note what they were told is done.</param>
/// <param name="round">So that no two rounds write the same.</param>
/// <param name="took">Called after every acknowledgement.</param>
internal sealed class Writers(SanctumHome home, Acknowledged acknowledged, int round, Action took)
{
    public const string Agent = "writer";
    public const string Counter = "crash/counter";
    public const string Key = "crash/key";

    /// <summary>As many calls as one writer makes in a round: the daemon is killed before more are acknowledged.</summary>
    public const int MostCalls = 40;

    /// <summary>Ends when all of them have lost their connection.</summary>
    public async Task RunAsync()
    {
        using var admin = new AdminWire(home);
        if (!await UntilLostAsync(() => admin.LoginAsync()))
        {
            return;
        }

        // The log names only what exists, so what the agent is refused has to be there.
        for (var n = 2; n <= MostCalls; n += 2)
        {
            await admin.StoreAsync(Forbidden(n), "not for the writer");
        }

        await Task.WhenAll(
            RepeatAsync(n => StoreAsync(admin, n)),
            RepeatAsync(n => CountAsync(admin)),
            AsAgentAsync(RetrieveAsync),
            AsAgentAsync(SignAsync));
    }

    private async Task StoreAsync(AdminWire admin, int n)
    {
        var (path, value) = ($"made/r{round}/n{n}", $"value {round} {n}");
        await admin.StoreAsync(path, value);
        if (n % 3 > 0)
        {
            acknowledged.Stored[path] = value;
            took();
            return;
        }

        await admin.DoAsync("credentials/remove", new JsonObject { ["path"] = path });
        acknowledged.Removed[path] = true;
        took();
    }

    private async Task CountAsync(AdminWire admin)
    {
        var next = acknowledged.Counter + 1;
        await admin.StoreAsync(Counter, $"{next}");
        acknowledged.Counter = next;
        took();
    }

    private async Task RetrieveAsync(WireClient wire, int n)
    {
        if (n % 2 > 0)
        {
            var lease = await wire.DoAsync("retrieve", new JsonObject { ["path"] = Key });
            acknowledged.Leases[(string)lease["lease_id"]!] = true;
        }
        else
        {
            var path = Forbidden(n);
            Assert.Equal("ACCESS_DENIED", (string?)(await wire.RefusedAsync("retrieve", new JsonObject { ["path"] = path }))["code"]);
            acknowledged.Refused[path] = true;
        }

        took();
    }

    private string Forbidden(int n) => $"forbidden/r{round}/n{n}";

    private async Task SignAsync(WireClient wire, int n)
    {
        var parameters = new JsonObject { ["path"] = Key, ["operation"] = "sign", ["params"] = new JsonObject { ["data"] = $"{n}" } };
        await wire.DoAsync("use", parameters);
        Interlocked.Increment(ref acknowledged.Signed);
        took();
    }

    private async Task AsAgentAsync(Func<WireClient, int, Task> work)
    {
        WireClient? wire = null;
        var connected = await UntilLostAsync(async () =>
        {
            wire = await WireClient.ConnectAsync(home.Socket);
            await wire.SignInAsync(Agent, home.KeyOf(Agent));
        });
        using (wire)
        {
            if (connected)
            {
                await RepeatAsync(n => work(wire!, n));
            }
        }
    }

    private static async Task RepeatAsync(Func<int, Task> work)
    {
        for (var n = 1; await UntilLostAsync(() => work(n)); n++)
        {
        }
    }

    // Whatever was not acknowledged when the connection went is unknown: it may be there or not. Anything else is a failure.
    private static async Task<bool> UntilLostAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException or SocketException)
        {
            return false;
        }
    }
}
