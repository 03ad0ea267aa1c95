using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Destinations;
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

    /// <summary>
    /// Where the request goes that it would send: what a decision needs to know. Null when it sends none, or when where it goes is malformed.
    /// </summary>
    /// <param name="parameters">One JSON value, not looked at yet.</param>
    RequestTarget? TargetOf(ReadOnlySpan<byte> parameters) => null;

    /// <summary>What tells the call from every other one, where that is not each of its bytes; null where it is.</summary>
    /// <exception cref="VaultException">The parameters are malformed.</exception>
    byte[]? DigestOf(JsonElement parameters) => null;

    /// <summary>Throws what every call would be refused for, whatever its parameters: this credential, or its secret, is not what the operation takes.</summary>
    /// <exception cref="VaultException">As a call would be; unsupported operation.</exception>
    void RequireSuitable(CredentialInfo credential, SecretBytes secret);

    /// <summary>Does it. Called once everything has been decided; what it throws is the call's outcome.</summary>
    /// <param name="parameters">an object; an empty one when the call had none</param>
    ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters);
}
