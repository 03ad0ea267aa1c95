using System.Text.Json;
using ModelContextProtocol.Protocol;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>Something that a model can have the vault do.</summary>
internal abstract class VaultTool(ToolDescription description)
{
    /// <summary>Its name.</summary>
    public string Name => description.Name;

    /// <summary>What it is.</summary>
    public ToolDescription Description => description;

    /// <summary>What the host is told of it.</summary>
    public Tool Listed { get; } = new()
    {
        Name = description.Name,
        Title = description.Title,
        Description = description.Summary,
        InputSchema = ToolSchema.Of(description.IsWaitedFor ? [.. description.Parameters, ToolMember.Handle] : description.Parameters, isClosed: true),
        OutputSchema = description.Results.Count > 0 ? ToolSchema.Of(description.Results, isClosed: false) : null,
        Annotations = new ToolAnnotations
        {
            ReadOnlyHint = description.IsReadOnly,
            DestructiveHint = description.IsDestructive,
            IdempotentHint = description.IsReadOnly,
            OpenWorldHint = description.IsOpenWorld,
        },
    };

    /// <summary>Does it.</summary>
    /// <exception cref="VaultException">The vault refused.</exception>
    public abstract Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken);
}

/// <summary>What a call gives.</summary>
/// <param name="Structured">For programs: an object, as the tool's output schema says.</param>
/// <param name="Text">The same for models whose host shows them only text.</param>
internal sealed record ToolReply(JsonElement Structured, string Text);
