using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations;

/// <summary>Something the vault does with a secret on an agent's behalf.</summary>
internal interface IOperation
{
    /// <summary>What it is.</summary>
    OperationDescription Description { get; }

    /// <summary>Its name, which the audit log and decisions use.</summary>
    string Name => Description.Name;

    /// <summary>Throws what every call would be refused for, whatever its parameters: this credential, or its secret, is not what the operation takes.</summary>
    /// <exception cref="VaultException">As a call would be; unsupported operation.</exception>
    void RequireSuitable(CredentialInfo credential, SecretBytes secret);
}

/// <summary>An operation that is done in memory, and has no effect until its result leaves.</summary>
internal interface IComputedOperation : IOperation
{
    /// <summary>Does it. Called once everything has been decided; what it throws is the call's outcome.</summary>
    /// <param name="parameters">an object; an empty one when the call had none</param>
    ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters);
}
