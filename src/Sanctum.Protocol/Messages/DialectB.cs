using System.Text.Json;

namespace Sanctum.Protocol.Messages;

#pragma warning disable CS1591 // The members are those of the wire; what they mean is said once, on the type.

/// <summary><c>auth.challenge</c>.</summary>
public sealed record AuthChallengeParams(string Agent);

/// <summary>The hex of the bytes to sign.</summary>
public sealed record AuthChallengeResult(string Challenge);

/// <summary><c>auth.verify</c>: the hex of the 64-byte signature.</summary>
public sealed record AuthVerifyParams(string Agent, string Signature);

/// <summary>The connection is the agent's.</summary>
public sealed record AuthVerifyResult(bool Authenticated, string SessionId);

/// <summary><c>credential.list</c>: no members.</summary>
public sealed record CredentialListParams;

/// <summary>What a list says of one credential; the result is a bare array of these.</summary>
public sealed record CredentialSummary(string Path, string Type, string Description);

/// <summary><c>credential.retrieve</c>.</summary>
public sealed record CredentialRetrieveParams(string Path, long? Ttl = null);

/// <summary>The secret as text. The client requires all four members.</summary>
public sealed record CredentialRetrieveResult(string Path, Utf8Text Value, string LeaseId, long Ttl);

/// <summary><c>credential.use</c>; <c>params</c> may be null.</summary>
public sealed record CredentialUseParams(string Path, string Operation, JsonElement? Params = null);

/// <summary><c>lease.release</c>.</summary>
public sealed record LeaseReleaseParams(string LeaseId);
