using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Sanctum.Mcp.Asking;

/// <summary>
/// What a model is told of a call that is not done. It is marked as an error, since it has not the structured content that the tool's schema promises, and clients would refuse it otherwise.
/// </summary>
internal static class WaitingResult
{
    /// <summary>For programs, in the result's <c>_meta</c>: the handle, and the approval's id where it waits for one.</summary>
    public const string Meta = "sanctum/waiting";

    public static CallToolResult Of(string tool, string handle, string? approvalId) => new()
    {
        IsError = true,
        Content =
        [
            new TextContentBlock
            {
                Text = (approvalId is null
                    ? "NOT_DONE: the call still runs, or waits for an operator who sees it with: sanctum approval list\n"
                    : $"WAITING_FOR_APPROVAL: an operator has to approve this call. Tell the user that they decide with: {Command(approvalId)}\n")
                    + $"What to do: call {tool} again with handle \"{handle}\". It goes on, and is not made twice.",
            },
        ],
        Meta = new JsonObject { [Meta] = new JsonObject { ["handle"] = handle, ["approval_id"] = approvalId } },
    };

    public static CallToolResult TooMany(string? approvalId) => new()
    {
        IsError = true,
        Content =
        [
            new TextContentBlock
            {
                Text = $"RATE_LIMITED: {WaitingCalls.Most} calls wait already, so this one was given up.\n"
                    + (approvalId is null ? "What to do: go on with those." : $"What to do: have the operator decide with: {Command(approvalId)}\nThen make the call again."),
            },
        ],
    };

    private static string Command(string approvalId) => $"sanctum approval approve {approvalId}";
}
