using System.Text.Json.Nodes;
using Sanctum.Client.Keys;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Being somebody else, or more than one is.</summary>
internal static class IdentityAttempts
{
    private const string NoGrant = "no policy, no access";

    public static IEnumerable<Attempt> All =>
    [
        new("retrieving what may only be used", "a grant of one action never implies another", ground => ground.RefusedAsync(async () =>
        {
            await ground.Client.RetrieveAsync(AttackField.Service, cancellationToken: ground.Cancelled).ConfigureAwait(false);
            return default;
        }, "ACCESS_DENIED")),
        new("asking for the header instead", "what discloses the secret needs retrieve as well", ground =>
            ground.RefusedAsync(() => ground.Client.UseAsync(AttackField.Service, "http_header", cancellationToken: ground.Cancelled), "ACCESS_DENIED")),
        new("using what is not granted", NoGrant, ground => ground.RefusedAsync(() => ground.SendAsync(AttackField.Ungranted, "https://api.example.com/"), "ACCESS_DENIED")),
        new("asking whether something exists", "what is not granted looks the same whether it exists or not", ExistsAsync),
        new("listing what is not granted", "an agent sees what it may act on, nothing else", ListAsync),
        new("a stolen session id", "a session id is useless on another connection", StolenSessionAsync),
        new("a replayed challenge", "challenges are single-use", ReplayAsync),
        new("another agent's name", "unknown and known agents look the same", OtherNameAsync),
    ];

    private static async Task<Verdict> ExistsAsync(AttackField ground)
    {
        var there = await CodeAsync(() => ground.Client.RetrieveAsync(AttackField.Ungranted, cancellationToken: ground.Cancelled)).ConfigureAwait(false);
        var notThere = await CodeAsync(() => ground.Client.RetrieveAsync("prod/nothing_here", cancellationToken: ground.Cancelled)).ConfigureAwait(false);
        return there == notThere ? Verdict.StoppedBy($"both {there}") : Verdict.GotThrough($"{there} and {notThere}");
    }

    private static async Task<Verdict> ListAsync(AttackField ground)
    {
        var seen = await ground.Client.ListAsync(cancellationToken: ground.Cancelled).ConfigureAwait(false);
        return seen.Any(it => it.Path == AttackField.Ungranted) ? Verdict.GotThrough("it is listed") : Verdict.StoppedBy("not listed");
    }

    private static async Task<Verdict> StolenSessionAsync(AttackField ground)
    {
        using var key = AgentKey.Load(ground.KeyPath);
        using var victim = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        var session = await victim.SignInAsync(AttackField.Agent, key).ConfigureAwait(false);
        using var thief = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        return Told(await thief.CallAsync("list", new JsonObject { ["session_id"] = session }).ConfigureAwait(false));
    }

    private static async Task<Verdict> ReplayAsync(AttackField ground)
    {
        using var key = AgentKey.Load(ground.KeyPath);
        using var connection = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        var answer = await connection.RespondAsync(AttackField.Agent, key).ConfigureAwait(false);
        await connection.CallAsync("challenge_response", answer).ConfigureAwait(false);
        using var second = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        await second.CallAsync("authenticate", new JsonObject { ["agent_name"] = AttackField.Agent }).ConfigureAwait(false);
        answer.Remove("session_id");
        return Told(await second.CallAsync("challenge_response", answer).ConfigureAwait(false));
    }

    private static async Task<Verdict> OtherNameAsync(AttackField ground)
    {
        using var key = AgentKey.Load(ground.KeyPath);
        using var connection = await BareConnection.OpenAsync(ground.Socket, ground.Cancelled).ConfigureAwait(false);
        return Told(await connection.CallAsync("challenge_response", await connection.RespondAsync("nobody", key).ConfigureAwait(false)).ConfigureAwait(false));
    }

    private static Verdict Told(JsonNode reply) =>
        reply["error"]?["code"]?.GetValue<string>() is { } code ? Verdict.StoppedBy(code) : Verdict.GotThrough("signed in");

    private static async Task<string> CodeAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
            return "done";
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return refused.Code;
        }
    }
}
