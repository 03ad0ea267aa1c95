using Sanctum.Operations;
using Sanctum.Operations.Signing;

namespace Sanctum;

internal static partial class Errors
{
    private const int LongestEcho = 24;
    private const int LongestHeader = 32;

    public static VaultException UnknownOperation()
    {
        var known = string.Join(", ", OperationCatalog.Default.Names);
        return Unsupported("unknown operation", $"the operations are {known}; names are case-sensitive", "operation");
    }

    /// <summary>The credential, or its secret, is not of the kind that this takes.</summary>
    public static VaultException UnsuitableSecret(string message, string suggestion, Exception? inner = null) =>
        Unsupported(message, suggestion, member: null, inner);

    /// <param name="refusal">What each use of it would be refused with.</param>
    public static VaultException NotStored(VaultException refusal) =>
        Unsupported($"nothing was stored: {refusal.Message}", refusal.Suggestion ?? "store another secret", "value", refusal);

    /// <param name="kind">What it is, after "this secret is".</param>
    public static VaultException NotAKeyToSignWith(string kind) => UnsuitableSecret(
        $"this secret is {kind}: nothing is signed with it",
        "store an unencrypted private key as PEM (PKCS #8, 'EC PRIVATE KEY' or 'RSA PRIVATE KEY'), or a random text for HMAC");

    public static VaultException UnsuitableAlgorithm(string algorithm, IReadOnlyList<string> suitable) => Unsupported(
        $"this credential can't sign with {(SignAlgorithms.IsKnown(algorithm) ? algorithm : "that")}",
        $"it can sign with {string.Join(", ", suitable)}",
        "algorithm");

    public static VaultException UnknownParameter(string? name, ReadOnlySpan<string> known)
    {
        var rule = known.IsEmpty ? "this operation takes no parameters" : $"this operation takes {string.Join(", ", known)}";
        return name is not null && CanEcho(name)
            ? InvalidParams(name, $"unknown parameter '{name}': {rule}")
            : InvalidParams("params", $"unknown parameter: {rule}");
    }

    public static VaultException NoJwtRules() => UnsuitableSecret(
        "this credential can't mint tokens: it has no JWT rules",
        "ask the operator to set JWT rules: the claims of every token, the claims that a call may set, and the longest lifetime");

    public static VaultException SignsTokensOnly() => UnsuitableSecret(
        "this credential signs only tokens: a signature over other data could bypass its JWT rules",
        "use the operation jwt; to sign other data too, the operator can store the key a second time, without JWT rules");

    public static VaultException ClaimRefused(string name, string why) => CanEcho(name)
        ? InvalidParams($"claims.{name}", $"the claim '{name}' {why}")
        : InvalidParams("claims", $"a claim {why}");

    // One message for every cause: which check failed would tell a forger how far they got.
    public static VaultException Undecipherable(string member) =>
        InvalidParams(member, "the ciphertext can't be decrypted: it was changed, its version was removed, or the credential or 'aad' is another one");

    public static VaultException ResultTooLarge(int most) => new(
        VaultErrorCode.ResponseTooLarge,
        $"the result would be larger than {most} bytes",
        suggestion: "split the data and call once for each part",
        context: new Dictionary<string, object> { ["limit"] = (long)most });

    private static VaultException Unsupported(string message, string suggestion, string? member, Exception? inner = null) => new(
        VaultErrorCode.UnsupportedOperation,
        message,
        suggestion: suggestion,
        context: member is null ? null : new Dictionary<string, object> { ["member"] = member },
        inner: inner);

    /// <summary>
    /// Whether it could be a parameter's name, mistyped: letters and underscores, at most 24. Anything else in a name's place can be
    /// a secret, or written for a terminal, and is not repeated: errors end up in logs.
    /// </summary>
    public static bool CanEcho(string name) =>
        name.Length is > 0 and <= LongestEcho && name.All(letter => char.IsAsciiLetter(letter) || letter == '_');

    /// <summary>Whether it could be a header's name, or a query's: as above, of words with hyphens between them.</summary>
    public static bool CanEchoHeader(string name) =>
        name.Length is > 0 and <= LongestHeader && name.All(letter => char.IsAsciiLetter(letter) || letter is '_' or '-');
}
