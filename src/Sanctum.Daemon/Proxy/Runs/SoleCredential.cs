using Sanctum.Credentials;

namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>The credential of a run whose requests all go out with it, without a placeholder.</summary>
/// <param name="Path">Which one.</param>
/// <param name="HeaderType">How it is put in; null for as the operator stored it.</param>
/// <param name="HeaderName">In which header; null likewise.</param>
internal sealed record SoleCredential(CredentialPath Path, string? HeaderType, string? HeaderName);
