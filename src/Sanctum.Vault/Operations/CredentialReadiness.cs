using System.Text;
using System.Text.Unicode;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Injections;
using Sanctum.Operations.Signing;

namespace Sanctum.Operations;

/// <summary>
/// What is known of a credential before it is used: which operations would refuse its secret, and why. It asks the operations themselves, so that what is
/// said when it is stored is what would be said at each use.
/// </summary>
public static class CredentialReadiness
{
    /// <summary>What to tell an operator about a credential that was stored and that some of its uses would be refused for; none where all is well.</summary>
    /// <param name="credential">What is known of it.</param>
    /// <param name="secret">Its secret; nothing of it is in a warning.</param>
    public static IReadOnlyList<string> Warnings(CredentialInfo credential, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(credential);
        using var copy = new SecretBytes(secret);
        List<string> warnings = [];
        if (KeyMaterial.KindOf(secret) is not null && Refusal(OperationNames.Verify, credential, copy) is { } noKey)
        {
            warnings.Add(Of("sign and verify", noKey));
        }

        if (credential.Hosts.Count + credential.AllowedOrigins.Count > 0 && Refusal(OperationNames.HttpRequest, credential, copy) is { } notSent)
        {
            warnings.Add(Of(OperationNames.HttpRequest, notSent));
        }

        warnings.AddRange(HostWarnings(credential));
        warnings.AddRange(FormWarnings(credential, secret));
        return warnings;
    }

    /// <summary>Why the operation would refuse the credential whatever a call's parameters; null where it would not.</summary>
    internal static VaultException? Refusal(string operation, CredentialInfo credential, SecretBytes secret)
    {
        if (!OperationCatalog.Default.TryFind(operation, out var found))
        {
            return null;
        }

        try
        {
            found.RequireSuitable(credential, secret);
            return null;
        }
        catch (VaultException refusal)
        {
            return refusal;
        }
    }

    /// <summary>Refuses a secret that is not what its operator says it is. What else it may be good for, they meant something else.</summary>
    /// <exception cref="VaultException">The type is ed25519 and it is no such key, there are JWT rules and it is no private key, or it is to sign for AWS and is no access key.</exception>
    internal static void Require(CredentialInfo credential, ReadOnlySpan<byte> secret)
    {
        using var copy = new SecretBytes(secret);
        string?[] meant =
        [
            credential.Type == SignAlgorithms.Ed25519 ? OperationNames.Verify : null,
            credential.Jwt is not null ? OperationNames.Jwt : null,
            credential.HeaderType?.StartsWith(AwsInjection.TypeName, StringComparison.Ordinal) == true ? OperationNames.HttpRequest : null,
        ];
        foreach (var operation in meant)
        {
            if (operation is not null && Refusal(operation, credential, copy) is { } refusal)
            {
                throw Errors.NotStored(refusal);
            }
        }
    }

    private static string Of(string operations, VaultException refusal) => $"{operations} will refuse this secret: {refusal.Message}; {refusal.Suggestion}";

    private static IEnumerable<string> HostWarnings(CredentialInfo credential) =>
        from text in credential.Hosts
        where Origin.TryParseHost(text, out var origin) && PublicAddress.IsSeldom(origin.Host)
        select $"{text} is a name that mostly has no public address, so nothing can be sent there; for a private server, allow its origin: --allow-origin https://{text}";

    // What operations take, and services and verifiers mostly do not.
    private static IEnumerable<string> FormWarnings(CredentialInfo credential, ReadOnlySpan<byte> secret)
    {
        List<string> warnings = [];
        var isPem = PrivateKeyPem.IsPem(secret);
        if (KeyMaterial.IsUtf16(secret))
        {
            warnings.Add("this secret is UTF-16 text, as some editors save it: its bytes are used as they are; store it as UTF-8");
        }
        else if (secret.StartsWith("\uFEFF"u8) && !isPem)
        {
            warnings.Add("this secret begins with a byte order mark, which is part of it: its bytes are used as they are; store it without");
        }

        if (!isPem && secret.Length > 1 && secret[^1] is (byte)'\n' or (byte)'\r' && !secret.TrimEnd("\r\n"u8).ContainsAny((byte)'\r', (byte)'\n') && Utf8.IsValid(secret))
        {
            warnings.Add("this secret ends with a line break, which is part of it; store it without, unless that is intended");
        }

        if (credential.HeaderType is "basic" && !secret.Contains((byte)':'))
        {
            warnings.Add("this secret has no ':', but the header type basic sends user:password: store it in that form, not encoded, or give --user");
        }
        else if (credential.HeaderType is { } type && HeaderFormat.OfCredential(type) is { } format && IsThereAlready(format, secret))
        {
            warnings.Add("this secret begins with what the vault puts before it, which would then be there twice: store it without");
        }

        return warnings;
    }

    private static bool IsThereAlready(HeaderFormat format, ReadOnlySpan<byte> secret) =>
        format.Prefix.Length > 0 && secret.Length >= format.Prefix.Length && Ascii.EqualsIgnoreCase(secret[..format.Prefix.Length], format.Prefix);
}
