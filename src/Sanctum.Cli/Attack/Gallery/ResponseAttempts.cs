using System.Text.Json.Nodes;
using Sanctum.Cli.Loopback;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Having the service tell what it was sent.</summary>
internal static class ResponseAttempts
{
    private const string Searched = "what comes back is searched in the forms that services echo (decision 28)";

    public static IEnumerable<Attempt> All =>
    [
        .. SecretForms.Names.Select(form => new Attempt($"an echo, {form}", Searched, ground => ground.ScrubbedAsync($"/echo/{form}"))),
        new("an echo in a header", "headers are searched as the body is", ground => ground.ScrubbedAsync("/echo/header")),
        new("an echo on the error page", "error responses are searched too", ground => ground.ScrubbedAsync("/echo/error")),
        new("an echo, compressed", "content codings are undone before the search", ground => ground.ScrubbedAsync("/echo/gzip")),
        new("an echo, a letter at a time", "the search goes across chunks", ground => ground.ScrubbedAsync("/echo/chunks")),
        new("a part of an echo", "what can't be searched is not delivered", PartAsync),
        new("asking for a part of the response", "what can't be searched is not delivered", ground => ground.RefusedAsync(
            () => ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/echo/plain", more: new JsonObject { ["headers"] = new JsonObject { ["Range"] = "bytes=0-8" } }), "INVALID_PARAMS")),
    ];

    private static async Task<Verdict> PartAsync(AttackField ground)
    {
        try
        {
            await ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/echo/part").ConfigureAwait(false);
            return Verdict.GotThrough("a part of the secret came back");
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return refused.Code == "UPSTREAM_FAILED" ? Verdict.StoppedBy(refused.Code) : Verdict.GotThrough($"refused, but with {refused.Code}");
        }
    }
}
