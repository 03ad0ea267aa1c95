using System.Text.Json.Nodes;
using Sanctum.Client.Keys;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Taking what the others need. All of it at a size that does no harm.</summary>
internal static class FloodAttempts
{
    private const int Silent = 200;
    private const int Denied = 1300, Wrong = 20;
    private const int LargestError = 16 * 1024;

    public static IEnumerable<Attempt> All =>
    [
        new("an error that repeats what it was sent", "invalid names are not repeated", EchoAsync),
        new($"{Silent} silent connections over TCP", "the Unix socket keeps places of its own", SilentAsync),
        new($"{Denied} denied calls", "denied calls have a limit, above which they are counted and not written one by one", DeniedAsync),
        new($"{Wrong} wrong signatures before the right one", "a valid signature is always let in", WrongSignaturesAsync),
    ];

    private static async Task<Verdict> EchoAsync(AttackField ground)
    {
        using var key = AgentKey.Load(ground.KeyPath);
        using var connection = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        var session = await connection.SignInAsync(AttackField.Agent, key).ConfigureAwait(false);
        var name = new string('\u0007', 8) + new string('x', LargestError);
        var reply = (await connection.CallAsync("list", new JsonObject { ["session_id"] = session, [name] = 1 }).ConfigureAwait(false)).ToJsonString();
        return reply.Length > LargestError || reply.Contains("xxxxxxxx", StringComparison.Ordinal)
            ? Verdict.GotThrough($"it came back, in {reply.Length} bytes")
            : Verdict.StoppedBy($"{reply.Length} bytes");
    }

    private static async Task<Verdict> SilentAsync(AttackField ground)
    {
        var silent = new List<BareConnection>();
        try
        {
            for (var i = 0; i < Silent; i++)
            {
                silent.Add(await BareConnection.OpenAsync(ground.Tcp, ground.Cancelled).ConfigureAwait(false));
            }

            await ListAnewAsync(ground).ConfigureAwait(false);
            return Verdict.StoppedBy("another agent was let in");
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return Verdict.GotThrough($"nobody else is let in: {refused.Code}");
        }
        finally
        {
            silent.ForEach(it => it.Dispose());
        }
    }

    private static async Task<Verdict> WrongSignaturesAsync(AttackField ground)
    {
        for (var i = 0; i < Wrong; i++)
        {
            await SignWronglyAsync(ground).ConfigureAwait(false);
        }

        try
        {
            await ListAnewAsync(ground).ConfigureAwait(false);
            return Verdict.StoppedBy("the right one was let in");
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return Verdict.GotThrough($"the right one is locked out: {refused.Code}");
        }
    }

    private static async Task SignWronglyAsync(AttackField ground)
    {
        using var connection = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        try
        {
            var asked = await connection.CallAsync("authenticate", new JsonObject { ["agent_name"] = AttackField.Agent }).ConfigureAwait(false);
            if (asked["result"]?["session_id"]?.GetValue<string>() is { } session)
            {
                await connection.CallAsync("challenge_response", new JsonObject { ["session_id"] = session, ["signature"] = new string('5', 128) }).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            return; // The daemon has hung up on who fails too often, which is its right.
        }
    }

    private static async Task<Verdict> DeniedAsync(AttackField ground)
    {
        using var key = AgentKey.Load(ground.KeyPathOf(AttackField.Swarm));
        using var connection = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        var session = await connection.SignInAsync(AttackField.Swarm, key).ConfigureAwait(false);
        for (var i = 0; i < Denied; i++)
        {
            await connection.CallAsync("retrieve", new JsonObject { ["session_id"] = session, ["path"] = AttackField.Ungranted }).ConfigureAwait(false);
        }

        var written = 0;
        await foreach (var entry in ground.Operator.ReadAuditAsync(new AuditRequest(Agent: AttackField.Swarm, Denied: true), ground.Cancelled).ConfigureAwait(false))
        {
            written++;
        }

        return written < Denied ? Verdict.StoppedBy($"{written} audit entries") : Verdict.GotThrough($"{written} entries were written");
    }

    private static async Task ListAnewAsync(AttackField ground)
    {
        await using var client = ground.NewClient();
        await client.ListAsync(cancellationToken: ground.Cancelled).ConfigureAwait(false);
    }
}
