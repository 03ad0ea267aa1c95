using System.ComponentModel;
using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Sealing;

namespace Sanctum.SealProviders.Local;

/// <summary>
/// A key in the Linux kernel's keyring, never on a disk: gone at the next restart of the machine at the latest. The settings are <c>user</c> (all of this user's processes,
/// until the restart) or <c>session</c> (this login session, until it ends).
/// </summary>
internal sealed class KernelKeyring : ISealProvider
{
    public const string TypeName = "keyring";
    private const int KeySize = 32;

    public string Type => TypeName;

    public Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(Calling(() =>
    {
        var key = new SecretBytes(KeySize);
        RandomNumberGenerator.Fill(key.Writable);
        KeyringCalls.Add(Description(place), key.Span, KeyringOf(place));
        return new ProvidedKey(key, "");
    }));

    public Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken) => Task.FromResult(Calling(() =>
    {
        var key = new SecretBytes(KeySize);
        var length = KeyringCalls.ReadInto(KeyringCalls.Find(Description(place), KeyringOf(place)), key.Writable);
        return length == KeySize ? key : throw new SealProviderException($"its key in the kernel's keyring has {length} bytes, not {KeySize}", "remove the provider and add it again");
    }));

    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Calling(() =>
            {
                var keyring = KeyringOf(place);
                KeyringCalls.Remove(KeyringCalls.Find(Description(place), keyring), keyring);
                return true;
            }));
        }
        catch (SealProviderException gone) when (gone.InnerException is Win32Exception { NativeErrorCode: KeyringCalls.NoSuchKey or KeyringCalls.Expired or KeyringCalls.Revoked })
        {
            return Task.FromResult(false);
        }
    }

    private static string Description(SealPlace place) => $"sanctum:{place.VaultId:D}:{place.Name}";

    private static int KeyringOf(SealPlace place) => place.Settings switch
    {
        "user" => KeyringCalls.UserKeyring,
        "session" => KeyringCalls.SessionKeyring,
        _ => throw new SealProviderException("its settings are not the name of a keyring", "use --keyring user or --keyring session"),
    };

    private static T Calling<T>(Func<T> call)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new SealProviderException("only Linux has this keyring", "use another type of seal provider");
        }

        try
        {
            return call();
        }
        catch (PlatformNotSupportedException other)
        {
            throw new SealProviderException(other.Message, "use another type of seal provider", other);
        }
        catch (Win32Exception refused)
        {
            throw refused.NativeErrorCode switch
            {
                KeyringCalls.NoSuchKey or KeyringCalls.Expired or KeyringCalls.Revoked => new SealProviderException(
                    "its key is not in the kernel's keyring: the machine was restarted or the session ended",
                    "unseal with the passphrase, then remove the provider and add it again; if another machine uses it, add another for this machine instead",
                    refused),
                KeyringCalls.QuotaExceeded => new SealProviderException("this user's keyring is full", "remove keys: keyctl show @u", refused),
                KeyringCalls.NotImplemented => new SealProviderException("this kernel or container has no keyring", "use another type of seal provider", refused),
                _ => new SealProviderException($"the kernel's keyring refused: {refused.Message}", "see keyrings(7)", refused),
            };
        }
    }
}
