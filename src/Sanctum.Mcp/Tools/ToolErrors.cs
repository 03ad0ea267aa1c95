using System.Text;
using ModelContextProtocol.Protocol;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>What a model is told when a call fails: the code, what happened, and what to do. There is no structured content, which clients would check against the result's schema.</summary>
internal static class ToolErrors
{
    /// <summary>The vault refused.</summary>
    public static CallToolResult Of(VaultException refused)
    {
        var text = new StringBuilder($"{refused.Code}: {refused.Message}");
        if (refused.Detail is { Length: > 0 } detail)
        {
            text.Append($" ({detail})");
        }

        if (refused is RateLimitedException { RetryAfter: { } wait })
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\nTry again in {Math.Ceiling(wait.TotalSeconds):0} s.");
        }
        else if (refused.Suggestion is { Length: > 0 } suggestion)
        {
            text.Append($"\nWhat to do: {suggestion}");
        }

        return Of(text.ToString());
    }

    /// <summary>The call was not one that the tool takes.</summary>
    public static CallToolResult Of(ToolArgumentException malformed) => Of($"INVALID_PARAMS: {malformed.Message}");

    /// <summary>An alias stands for what is not offered.</summary>
    public static CallToolResult Of(NotOfferedException absent) => Of($"{absent.Code}: {absent.Message}.");

    /// <summary>A text can't be sent to the vault as it is.</summary>
    public static CallToolResult Of(ArgumentException unusable) => Of($"INVALID_PARAMS: {unusable.Message}");

    private static CallToolResult Of(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };
}
