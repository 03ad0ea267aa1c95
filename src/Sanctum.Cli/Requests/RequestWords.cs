using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>The words after PATH: <c>[METHOD] URL [-]</c>.</summary>
/// <param name="Method">The method; null where none is given.</param>
/// <param name="Url">The address, as it was typed.</param>
/// <param name="HasBody">Whether <c>-</c> ends them: then stdin is the body.</param>
internal sealed record RequestWords(string? Method, string Url, bool HasBody)
{
    public static RequestWords Read(IReadOnlyList<string> words)
    {
        var hasBody = words is [.., GivenData.Stdin];
        string[] rest = [.. hasBody ? words.SkipLast(1) : words];
        var (method, url) = rest switch
        {
            [var only] => (null, only),
            [var first, var second] => (first, second),
            _ => throw CliErrors.Usage("'sanctum request' takes PATH, a method if it is not the usual one, and a URL", "such as: sanctum request openai/api_key GET https://api.openai.com/v1/models"),
        };
        if (!url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            throw CliErrors.Usage("the URL must begin with https:// or http://", "put the method before the URL");
        }

        return method is null || method.All(char.IsAsciiLetterUpper)
            ? new(method, url, hasBody)
            : throw CliErrors.Usage("the method must be a word in capitals, such as GET", "put the method before the URL");
    }
}
