using System.Security.Cryptography;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Tmds.DBus.Protocol;

namespace Sanctum.SealProviders.Local;

/// <summary>
/// A key in the desktop's keyring (GNOME Keyring, KWallet and others), by the Secret Service API of freedesktop.org, in the default collection. There are no settings. It opens
/// once the user has logged in; nothing is ever asked for.
/// </summary>
/// <param name="address">The session bus; null where there is none.</param>
internal sealed class SecretService(Func<string?> address) : ISealProvider
{
    public const string TypeName = "secret-service";
    private const int KeySize = 32;

    public string Type => TypeName;

    public Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken) => CallingAsync(async bus =>
    {
        var key = new SecretBytes(KeySize);
        RandomNumberGenerator.Fill(key.Writable);
        var value = new byte[2 * KeySize];
        try
        {
            _ = Convert.TryToHexStringLower(key.Span, value, out _);
            await bus.StoreAsync($"Sanctum vault {place.VaultId:D}", Attributes(place), value).ConfigureAwait(false);
            return new ProvidedKey(key, "");
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }, cancellationToken);

    public Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken) => CallingAsync(async bus =>
    {
        var item = await bus.FindAsync(Attributes(place)).ConfigureAwait(false) ?? throw new SealProviderException(
            "its key is not in the desktop's keyring", "unseal with the passphrase, then remove the provider and add it again; if another machine uses it, add another for this machine instead");
        var value = await bus.ReadAsync(item).ConfigureAwait(false);
        var key = new SecretBytes(KeySize);
        try
        {
            return value.Length == 2 * KeySize && Convert.FromHexString(value, key.Writable, out _, out _) == System.Buffers.OperationStatus.Done
                ? key
                : throw new SealProviderException("its key in the desktop's keyring is not one of Sanctum's", "remove the provider and add it again");
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }, cancellationToken);

    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken) => CallingAsync(async bus =>
    {
        if (await bus.FindAsync(Attributes(place)).ConfigureAwait(false) is not { } item)
        {
            return false;
        }

        await bus.DeleteAsync(item).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    private static (string Name, string Value)[] Attributes(SealPlace place) =>
        [("application", "sanctum"), ("vault", place.VaultId.ToString("D")), ("provider", place.Name)];

    private async Task<T> CallingAsync<T>(Func<SecretServiceBus, Task<T>> call, CancellationToken cancellationToken)
    {
        if (address() is not { Length: > 0 } bus)
        {
            throw new SealProviderException("this process has no session bus", "start the daemon in the desktop's session, where DBUS_SESSION_BUS_ADDRESS is set");
        }

        using var connection = new DBusConnection(bus);
        try
        {
            await connection.ConnectAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return await call(new SecretServiceBus(connection, cancellationToken)).ConfigureAwait(false);
        }
        catch (DBusErrorReplyException refused)
        {
            throw refused.ErrorName switch
            {
                "org.freedesktop.DBus.Error.ServiceUnknown" => new SealProviderException("no keyring responds on the session bus", "install and start one, such as gnome-keyring", refused),
                "org.freedesktop.Secret.Error.IsLocked" => Locked(refused),
                "org.freedesktop.Secret.Error.NoSuchObject" or "org.freedesktop.DBus.Error.UnknownObject" or "org.freedesktop.DBus.Error.UnknownMethod" => new SealProviderException(
                    "the desktop's keyring has no default collection", "create one in the desktop's password settings, or log in to the desktop once", refused),
                _ => new SealProviderException($"the desktop's keyring refused: {Word(refused.ErrorName)}", "see the keyring's log", refused),
            };
        }
        catch (Exception failure) when (failure is DBusConnectionException or IOException or ArgumentException or DBusMessageException)
        {
            throw new SealProviderException("the session bus can't be used", "check DBUS_SESSION_BUS_ADDRESS", failure);
        }
    }

    internal static SealProviderException Locked(Exception? inner = null) =>
        new("the desktop's keyring is locked", "log in to the desktop, or unlock the keyring; then restart the daemon", inner);

    private static string Word(string name) => name.Length <= 100 && name.All(it => char.IsAsciiLetterOrDigit(it) || it is '.' or '_') ? name : "an error";
}
