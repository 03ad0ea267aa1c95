using System.Text.Json;

namespace Sanctum.Protocol;

/// <summary>The error object of a reply.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Message">One line, what went wrong.</param>
/// <param name="Detail">More about it.</param>
/// <param name="Suggestion">What the agent or its operator can do next.</param>
/// <param name="DocsUrl">The address of the error's page.</param>
/// <param name="Context">A JSON object with particulars, such as <c>retry_after</c>.</param>
public sealed record RpcError(
    string Code,
    string Message,
    string? Detail = null,
    string? Suggestion = null,
    string? DocsUrl = null,
    JsonElement? Context = null);
