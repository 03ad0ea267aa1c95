using Sanctum.Sealing;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.SealProviders.Files;

/// <summary>Reads the files that a seal provider needs, and says plainly what is wrong with one.</summary>
internal static class ProviderFile
{
    /// <summary>All of a file that belongs to root or this user and that nobody else can write.</summary>
    /// <exception cref="SealProviderException">It is not there, is something else, or is too large.</exception>
    public static byte[] Read(string path, string shown, int longest)
    {
        try
        {
            return FoundFile.TryRead(path, shown, FileTrust.Given, longest) ?? throw new SealProviderException($"{shown} does not exist", $"create {path}");
        }
        catch (UntrustedFileException untrusted)
        {
            throw new SealProviderException(untrusted.Message, untrusted.Remedy, untrusted);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SealProviderException($"{shown} can't be read", $"check that this user can read {path}", unreadable);
        }
    }

    /// <summary>The same of a file that others must not be able to read either. The group may: systemd shows its access lists as the group's mode.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static byte[] ReadSecret(string path, string shown, int longest)
    {
        var content = Read(path, shown, longest);
        return FileFacts.At(path) is { } facts && (facts.Mode & UnixFileMode.OtherRead) != 0
            ? throw new SealProviderException($"{shown} can be read by all users", $"run chmod 600 on {path}")
            : content;
    }
}
