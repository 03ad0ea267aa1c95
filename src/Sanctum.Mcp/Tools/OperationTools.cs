using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sanctum.Mcp.Tools;

/// <summary>The operations that give no secret away, as tools. A test holds their parameters to what the vault says of its operations.</summary>
internal static class OperationTools
{
    private static readonly ToolMember Aad = new("aad", "What has to be the same to decrypt it.");
    private static readonly ToolMember Algorithm = new("algorithm", "One of the key's; its first where it is left out.");

    public static IReadOnlyList<OperationTool> All { get; } =
    [
        new("http_request", new("sanctum_http_request", "Send an HTTP request", "Sends a request with the secret added by the vault, and gives the response. Don't put a key in it.")
        {
            Parameters =
            [
                ToolMember.Credential,
                new("method", "In capitals.") { IsRequired = true },
                new("url", "With scheme and host.") { IsRequired = true },
                new("headers", "By name.") { Type = MemberType.Texts },
                new("body", "As text."),
                new("body_base64", "Instead of body, in base64."),
                new("header_type", "How the secret is added, where the operator left it open.") { Values = ["bearer", "api_key", "basic", "custom", "aws_sigv4"] },
                new("header_name", "Where header_type is custom."),
                new("timeout", "In seconds.") { Type = MemberType.Number },
            ],
            Results =
            [
                new("status", "") { IsRequired = true, Type = MemberType.Number },
                new("headers", "") { IsRequired = true, Type = MemberType.Object },
                new("trailers", "") { Type = MemberType.Object },
                new("body", "As text."),
                new("body_base64", "Where it is not text."),
            ],
            IsDestructive = true,
            IsOpenWorld = true,
        }, ResponseText),
        new("sign", new("sanctum_sign", "Sign", "Signs a text with a key that stays in the vault.")
        {
            Parameters = [ToolMember.Credential, new("data", "The text.") { IsRequired = true }, Algorithm],
            Results = [new("signature", "In base64.") { IsRequired = true }, new("algorithm", "") { IsRequired = true }],
            IsReadOnly = true,
        }, result => Member(result, "signature")),
        new("verify", new("sanctum_verify", "Verify a signature", "Says whether a signature is this credential's over a text.")
        {
            Parameters = [ToolMember.Credential, new("data", "The text.") { IsRequired = true }, new("signature", "In base64.") { IsRequired = true }, Algorithm],
            Results = [new("valid", "") { IsRequired = true, Type = MemberType.Flag }],
            IsReadOnly = true,
        }, result => result.GetProperty("valid").GetBoolean() ? "The signature is valid." : "The signature is not valid."),
        new("encrypt", new("sanctum_encrypt", "Encrypt", "Encrypts a text, which only this vault can decrypt.")
        {
            Parameters = [ToolMember.Credential, new("data", "The text.") { IsRequired = true }, Aad],
            Results = [new("ciphertext", "") { IsRequired = true }],
            IsReadOnly = true,
        }, result => Member(result, "ciphertext")),
        new("decrypt", new("sanctum_decrypt", "Decrypt", "Decrypts what was encrypted with this credential.")
        {
            Parameters = [ToolMember.Credential, new("data", "The ciphertext.") { IsRequired = true }, Aad],
            Results = [new("plaintext", "") { IsRequired = true }],
            IsReadOnly = true,
        }, result => Member(result, "plaintext")),
        new("jwt", new("sanctum_mint_jwt", "Mint a JSON Web Token", "Mints a token that says what the credential's rules allow.")
        {
            Parameters =
            [
                ToolMember.Credential,
                new("claims", "Those that a call may set.") { Type = MemberType.Object },
                new("lifetime", "In seconds.") { Type = MemberType.Number },
                new("key_id", "The kid of the header."),
                new("algorithm", "RS256, PS256, ES256 or EdDSA."),
            ],
            Results = [new("token", "") { IsRequired = true }, new("algorithm", "") { IsRequired = true }, new("expires_at", "") { IsRequired = true }],
            IsReadOnly = true,
        }, result => Member(result, "token")),
    ];

    private static string Member(JsonElement result, string name) => result.GetProperty(name).GetString()!;

    private static string ResponseText(JsonElement response)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP status {response.GetProperty("status").GetInt32()}\n"));
        foreach (var header in response.GetProperty("headers").EnumerateObject().Where(header => header.Name.Equals("content-type", StringComparison.OrdinalIgnoreCase)))
        {
            text.Append($"{header.Name}: {header.Value}\n");
        }

        text.Append('\n').Append(response.TryGetProperty("body", out var body) ? body.GetString()
            : response.TryGetProperty("body_base64", out var bytes) ? $"(in base64) {bytes.GetString()}" : "");
        return text.ToString().TrimEnd('\n');
    }
}
