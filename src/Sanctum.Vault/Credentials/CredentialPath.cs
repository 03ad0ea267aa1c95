using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Sanctum.Credentials;

/// <summary>
/// Where a credential is: 1 to 512 characters of <c>[A-Za-z0-9._-]</c> segments joined by single slashes, none of them
/// empty, <c>.</c> or <c>..</c>. Anything else is refused, never repaired: one that exists is valid.
/// </summary>
public sealed record CredentialPath
{
    /// <summary>The most characters a path may have.</summary>
    public const int MaxLength = 512;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    private CredentialPath(string value) => Value = value;

    /// <summary>The path as text.</summary>
    public string Value { get; }

    /// <summary>Reads a path.</summary>
    /// <exception cref="VaultException">It is not one; the code is <see cref="VaultErrorCode.InvalidParams"/>.</exception>
    public static CredentialPath Parse(string? text) => TryParse(text, out var path) ? path : throw Errors.InvalidPath();

    /// <summary>Reads a path, if it is one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CredentialPath? path)
    {
        path = null;
        if (text is null or { Length: 0 or > MaxLength } || text.AsSpan().ContainsAnyExcept(Allowed))
        {
            return false;
        }

        foreach (var segment in text.AsSpan().Split('/'))
        {
            if (text.AsSpan(segment) is "" or "." or "..")
            {
                return false;
            }
        }

        path = new CredentialPath(text);
        return true;
    }

    /// <summary>The path as text.</summary>
    public override string ToString() => Value;
}
