using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary>What every error object has to be, whatever its code.</summary>
internal static class ErrorObject
{
    // A stack trace, an exception's name, SQL, a file of the host.
    private static readonly string[] Inside = ["   at ", "Exception", "SELECT", "INSERT", "sqlite", "SQLite", "/tmp", "/root", "/home", ".cs", "vault.db"];

    /// <summary>The error, if it is a whole one of this code.</summary>
    /// <param name="code">The code.</param>
    /// <param name="error">The error object.</param>
    /// <param name="context">The members of its context, as <see cref="Shape.Of"/> takes them; no text for no context.</param>
    public static JsonObject Is(string code, JsonObject error, string context = "")
    {
        Assert.True((string?)error["code"] == code, error.ToJsonString());
        Shape.Of(error, "code:string message:string detail:string suggestion:string docs_url:string" + (context.Length > 0 ? " context:object" : ""));
        if (context.Length > 0)
        {
            Shape.Of(error["context"], context);
        }

        Assert.All(["message", "detail", "suggestion"], it => Assert.NotEmpty((string)error[it]!));
        Assert.Equal($"docs/errors.md#{code.ToLowerInvariant()}", (string?)error["docs_url"]);
        Assert.Contains($"## {code}", Pages, StringComparer.Ordinal);
        var text = error.ToJsonString();
        Assert.All(Inside, it => Assert.DoesNotContain(it, text.Replace("docs/errors.md", "", StringComparison.Ordinal), StringComparison.Ordinal));
        return error;
    }

    /// <summary>The same, where the context is the member that is at fault.</summary>
    public static void Names(string member, string code, JsonObject error) =>
        Assert.Equal(member, (string?)Is(code, error, "member:string")["context"]!["member"]);

    private static string[] Pages { get; } = File.ReadAllLines(Path.Join(Repository.Root, "docs/errors.md"));
}
