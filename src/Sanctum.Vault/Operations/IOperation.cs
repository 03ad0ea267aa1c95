using System.Text.Json;
using Sanctum.Egress;

namespace Sanctum.Operations;

/// <summary>Something the vault does with a secret on an agent's behalf.</summary>
internal interface IOperation
{
    /// <summary>Its name, which the audit log and decisions use.</summary>
    string Name { get; }

    /// <summary>Its other names.</summary>
    IReadOnlyList<string> Aliases { get; }

    /// <summary>Whether its result tells the secret, so that a grant of <c>use</c> is not enough.</summary>
    bool Discloses { get; }

    /// <summary>The request that it would send; null when it sends none, or what is asked for is malformed.</summary>
    HttpRequestParameters? RequestOf(JsonElement parameters) => null;

    /// <summary>Does it. Called once everything has been decided; what it throws is the call's outcome.</summary>
    /// <param name="parameters">an object; an empty one when the call had none</param>
    ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters);
}
