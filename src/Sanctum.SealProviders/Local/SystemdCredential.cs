using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.SealProviders.Files;

namespace Sanctum.SealProviders.Local;

/// <summary>
/// A key that systemd hands to the service: <c>LoadCredentialEncrypted=</c>, which binds it to this machine, and to its TPM where it has one. The settings are the
/// credential's name. The file has 32 random bytes.
/// </summary>
/// <param name="directory">Where systemd put the credentials of this service; null when it did not.</param>
internal sealed class SystemdCredential(Func<string?> directory) : ISealProvider
{
    public const string TypeName = "systemd";
    public const string DefaultName = "sanctum-seal-key";
    private const int KeySize = 32;

    public string Type => TypeName;

    public Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(new ProvidedKey(Read(place), ""));

    public Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken) => Task.FromResult(Read(place));

    // It is systemd's, and is removed with the unit's line.
    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(true);

    private SecretBytes Read(SealPlace place)
    {
        if (place.Settings.Length == 0 || place.Settings.Contains('/', StringComparison.Ordinal) || place.Settings is "." or "..")
        {
            throw new SealProviderException("its settings are not the name of a systemd credential", $"use a name such as {DefaultName}: --credential NAME");
        }

        if (directory() is not { Length: > 0 } folder)
        {
            throw new SealProviderException(
                "systemd gave this process no credentials", $"add LoadCredentialEncrypted={place.Settings}:FILE to the daemon's unit and restart it; see 'sanctum docs sealing'");
        }

        var content = ProviderFile.ReadSecret(Path.Join(folder, place.Settings), $"the systemd credential '{place.Settings}'", KeySize);
        try
        {
            return content.Length == KeySize
                ? new SecretBytes(content)
                : throw new SealProviderException(
                    $"the systemd credential '{place.Settings}' has {content.Length} bytes where a key has {KeySize}",
                    $"make one: head -c {KeySize} /dev/urandom | systemd-creds encrypt --name={place.Settings} - FILE");
        }
        finally
        {
            content.AsSpan().Clear();
        }
    }
}
