using System.Text.Json.Nodes;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Finding the secret by having guesses sent to a service that sends them back: where one is redacted, it was right.</summary>
internal static class GuessAttempts
{
    private const string NoOracle = "a request that already holds the secret is a guess, and is not sent";

    public static IEnumerable<Attempt> All =>
    [
        new("guesses in a body", NoOracle, ground => Guess(ground, guesses => new JsonObject { ["body"] = guesses })),
        new("guesses in a body, in base64", NoOracle, ground => Guess(
            ground, guesses => new JsonObject { ["body"] = string.Join('\n', guesses.Split('\n').Select(it => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(it)))) })),
        new("a guess in a header", NoOracle, ground => Guess(ground, _ => new JsonObject { ["headers"] = new JsonObject { ["X-Note"] = AttackField.Secret } })),
        new("a guess in a URL", NoOracle, ground => Guess(ground, _ => [], $"?q={AttackField.Secret}")),
    ];

    // The attacker does not know which of them is the right one; that the last one is shows nothing to the vault.
    private static Task<Verdict> Guess(AttackField ground, Func<string, JsonObject> put, string query = "")
    {
        var guesses = string.Join('\n', Enumerable.Range(0, 1000).Select(i => $"sk-live-{i:x32}").Append(AttackField.Secret));
        return ground.RefusedAsync(() => ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/mirror{query}", "POST", put(guesses)), "EGRESS_DENIED", "RATE_LIMITED");
    }
}
