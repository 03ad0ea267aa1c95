namespace Sanctum.Egress.Aws;

/// <summary>What makes a request a signed one.</summary>
/// <param name="Headers">To be added to the request: <c>X-Amz-Date</c>, <c>X-Amz-Security-Token</c> for a temporary key,
/// <c>X-Amz-Content-Sha256</c> where the service wants it, and <c>Authorization</c>.</param>
/// <param name="Signature">The signature alone, 64 hex digits. Who has it can send the same request again for some minutes, so it must
/// not be found in a response.</param>
internal sealed record AwsSignature(IReadOnlyList<KeyValuePair<string, string>> Headers, string Signature)
{
    /// <summary>Says what it is, never the session token or the signature.</summary>
    public override string ToString() => nameof(AwsSignature);
}
