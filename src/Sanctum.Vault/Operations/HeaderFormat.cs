using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Egress;

namespace Sanctum.Operations;

/// <summary>How a secret becomes a header: the header's name, what stands before the secret, and whether it is base64.</summary>
internal sealed record HeaderFormat
{
    private const string CustomPrefix = "custom:";
    private const string BasicPrefix = "basic:";
    private const string SchemePrefix = "scheme:";
    private const int MaxNameLength = 256;

    private static readonly HeaderFormat Bearer = new("bearer", "Authorization", "Bearer ");
    private static readonly HeaderFormat ApiKey = new("api_key", "X-API-Key", "");
    private static readonly HeaderFormat Basic = new("basic", "Authorization", "Basic ") { IsBase64 = true };

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private HeaderFormat(string type, string name, string prefix) => (Type, Name, Prefix) = (type, name, prefix);

    /// <summary>The <c>header_type</c> it is of.</summary>
    public string Type { get; }

    /// <summary>The header's name.</summary>
    public string Name { get; }

    /// <summary>What stands before the secret, or before its base64.</summary>
    public string Prefix { get; }

    /// <summary>Whether it goes out as base64.</summary>
    public bool IsBase64 { get; init; }

    /// <summary>Whether the user name was given, so that the secret is the password alone.</summary>
    public bool HasOwnUser => User is not null;

    private string? User { get; init; }

    /// <summary>What a credential has as its <see cref="CredentialInfo.HeaderType"/>; null when it is no header.</summary>
    public static HeaderFormat? OfCredential(string headerType) =>
        headerType.StartsWith(CustomPrefix, StringComparison.Ordinal) ? Custom(headerType[CustomPrefix.Length..])
        : headerType.StartsWith(BasicPrefix, StringComparison.Ordinal) ? BasicOf(headerType[BasicPrefix.Length..])
        : headerType.StartsWith(SchemePrefix, StringComparison.Ordinal) ? Scheme(headerType[SchemePrefix.Length..])
        : Named(headerType);

    /// <summary>The format that a call asks for, or else the credential's, or else bearer.</summary>
    public static HeaderFormat Choose(CredentialInfo credential, string? headerType, string? headerName)
    {
        if (headerType == "custom")
        {
            return ChosenByCall(credential, headerName ?? throw Errors.InvalidParams("header_name", "'header_name' is missing: header_type custom requires it"));
        }

        if (headerName is not null)
        {
            throw Errors.InvalidParams("header_name", "'header_name' is only for header_type custom");
        }

        if (headerType is not null)
        {
            return Named(headerType) ?? throw Errors.InvalidParams("header_type", "'header_type' must be bearer, api_key, basic or custom, or for requests aws_sigv4");
        }

        return OfCredential(credential.HeaderType ?? Bearer.Type)
            ?? throw Errors.UnsuitableSecret("this credential has an unknown header type", "store it with bearer, api_key, basic or custom:NAME, or send a header_type");
    }

    /// <summary>The header's value, as a string, which can't be wiped: for what takes nothing else.</summary>
    /// <exception cref="VaultException">The secret can't stand in a header; unsupported operation.</exception>
    public string ValueOf(ReadOnlySpan<byte> secret)
    {
        using var value = Utf8ValueOf(secret);
        return Encoding.UTF8.GetString(value.Span);
    }

    /// <summary>The header's value. The caller disposes it.</summary>
    /// <exception cref="VaultException">The secret can't stand in a header; unsupported operation.</exception>
    public SecretBytes Utf8ValueOf(ReadOnlySpan<byte> secret)
    {
        // Also where base64 would hide them: RFC 7617, section 2, keeps control characters out of user-id and password.
        if (!Utf8.IsValid(secret) || HasControlCharacter(secret))
        {
            throw Errors.UnsuitableSecret(
                "this secret can't go in a header: it is not UTF-8 text, or has line breaks or other control characters",
                "store it without them; a line break at the end is a common mistake");
        }

        var user = User is null ? "" : User + ":";
        var length = user.Length + secret.Length;
        var value = new SecretBytes(Prefix.Length + (IsBase64 ? Base64.GetMaxEncodedToUtf8Length(length) : length));
        Encoding.ASCII.GetBytes(Prefix, value.Writable);
        var rest = value.Writable[Prefix.Length..];
        Encoding.ASCII.GetBytes(user, rest);
        secret.CopyTo(rest[user.Length..]);
        if (IsBase64)
        {
            _ = Base64.EncodeToUtf8InPlace(rest, length, out _);
        }

        return value;
    }

    // The operator's own choice is free; a call's is a header that carries credentials: in any other the secret would be data like other data.
    private static HeaderFormat ChosenByCall(CredentialInfo credential, string name)
    {
        var format = Custom(name) ?? throw Errors.InvalidParams("header_name", $"'header_name' is not a header name: 1 to {MaxNameLength} letters, digits and !#$%&'*+-.^_`|~");
        var operators = credential.HeaderType is { } type ? OfCredential(type)?.Name : null;
        return CredentialCarriers.MayBeChosen(name) || name.Equals(operators, StringComparison.OrdinalIgnoreCase) ? format : throw Errors.NotACredentialHeader();
    }

    private static HeaderFormat? Named(string headerType) => headerType switch
    {
        "bearer" => Bearer,
        "api_key" => ApiKey,
        "basic" => Basic,
        _ => null,
    };

    // RFC 7617: a user name has no colon.
    private static HeaderFormat? BasicOf(string user) =>
        user.Length is > 0 and <= MaxNameLength && user.All(letter => letter is > ' ' and <= '~' and not ':')
            ? new HeaderFormat("basic", "Authorization", "Basic ") { IsBase64 = true, User = user }
            : null;

    private static HeaderFormat? Scheme(string word) =>
        word.Length is > 0 and <= MaxNameLength && !word.AsSpan().ContainsAnyExcept(TokenCharacters) ? new HeaderFormat("scheme", "Authorization", word + " ") : null;

    private static HeaderFormat? Custom(string name) =>
        name.Length is > 0 and <= MaxNameLength && !name.AsSpan().ContainsAnyExcept(TokenCharacters) ? new HeaderFormat("custom", name, "") : null;

    private static bool HasControlCharacter(ReadOnlySpan<byte> utf8)
    {
        while (Rune.DecodeFromUtf8(utf8, out var rune, out var size) == OperationStatus.Done)
        {
            if (Rune.IsControl(rune))
            {
                return true;
            }

            utf8 = utf8[size..];
        }

        return false;
    }
}
