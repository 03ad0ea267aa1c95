namespace Sanctum.Operations;

/// <summary>The operations of the protocol, by name. What a policy may speak of, whether or not this vault can do it yet.</summary>
internal static class OperationNames
{
    public const string HttpRequest = "http_request";
    public const string HttpHeader = "http_header";
    public const string Sign = "sign";
    public const string SignPayload = "sign_payload";
    public const string Verify = "verify";
    public const string Encrypt = "encrypt";
    public const string Decrypt = "decrypt";
    public const string Jwt = "jwt";

    /// <summary>Every spelling.</summary>
    public static IReadOnlyList<string> All { get; } = [HttpRequest, HttpHeader, Sign, SignPayload, Verify, Encrypt, Decrypt, Jwt];

    /// <summary>Whether it is one, in any spelling.</summary>
    public static bool IsKnown(string name) => All.Contains(name, StringComparer.Ordinal);

    /// <summary>The one name of an operation that has several; every other name is its own.</summary>
    public static string Canonical(string name) => string.Equals(name, SignPayload, StringComparison.Ordinal) ? Sign : name;
}
