using Sanctum.Operations;

namespace Sanctum;

internal static partial class Errors
{
    private const int LongestEcho = 64;

    public static VaultException UnknownOperation(string name)
    {
        var known = string.Join(", ", OperationCatalog.Default.Names);
        return Unsupported($"there is no operation {Echo(name)}", $"the operations are {known}", "operation");
    }

    /// <summary>The credential, or its secret, is not of the kind that this takes.</summary>
    public static VaultException UnsuitableSecret(string message, string suggestion, Exception? inner = null) =>
        Unsupported(message, suggestion, member: null, inner);

    public static VaultException UnsuitableAlgorithm(string algorithm, IReadOnlyList<string> suitable) => Unsupported(
        $"this credential can't sign with {(CanEcho(algorithm) ? algorithm : "that")}",
        $"it can sign with {string.Join(", ", suitable)}",
        "algorithm");

    public static VaultException UnknownParameter(string? name, ReadOnlySpan<string> known)
    {
        var rule = known.IsEmpty ? "this operation takes no parameters" : $"this operation takes {string.Join(", ", known)}";
        return name is not null && CanEcho(name)
            ? InvalidParams(name, $"'{name}' is unknown: {rule}")
            : InvalidParams("params", $"a parameter is unknown: {rule}");
    }

    public static VaultException NoJwtRules() => UnsuitableSecret(
        "no tokens may be minted with this credential: its operator has set no JWT rules for it",
        "ask the operator to set them: the claims that every token carries, the claims that a call may set, and the longest lifetime");

    public static VaultException SignsTokensOnly() => UnsuitableSecret(
        "this credential signs tokens only: its operator has set JWT rules for it, which signing a text of one's own would evade",
        "use the operation jwt; an operator who wants both stores the key a second time, without JWT rules");

    public static VaultException ClaimRefused(string name, string why) => CanEcho(name)
        ? InvalidParams($"claims.{name}", $"the claim '{name}' {why}")
        : InvalidParams("claims", $"a claim {why}");

    // One message for every cause: which check failed would tell a forger how far he got.
    public static VaultException Undecipherable(string member) =>
        InvalidParams(member, "the ciphertext was not made with this credential and this 'aad', was changed, or its version is gone");

    public static VaultException ResponseTooLarge(int most) => new(
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

    // What the caller sent is told back only where it could be a name: errors end up in logs and on terminals.
    private static string Echo(string name) => CanEcho(name) ? $"'{name}'" : "of that name";

    /// <summary>Whether this could be a name. What else a caller sends in a name's place can be anything, a secret too, and is not repeated.</summary>
    public static bool CanEcho(string name) =>
        name.Length is > 0 and <= LongestEcho && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.');
}
