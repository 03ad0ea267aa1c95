using Sanctum.Sealing;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.SealProviders.Files;

/// <summary>Reads the files that a seal provider needs, and says plainly what is wrong with one.</summary>
internal static class ProviderFile
{
    /// <summary>All of a file that belongs to root or this user and that nobody else can write.</summary>
    /// <exception cref="SealProviderException">It is not there, is something else, or is too large.</exception>
    public static byte[] Read(string path, string shown, int longest) => Read(path, shown, longest, FileTrust.Given);

    /// <summary>The same of a file that others must not be able to read either. The caller zeroes it.</summary>
    /// <inheritdoc cref="Read(string, string, int)" path="/exception"/>
    public static byte[] ReadSecret(string path, string shown, int longest) => Read(path, shown, longest, FileTrust.Secret);

    private static byte[] Read(string path, string shown, int longest, FileTrust trust)
    {
        try
        {
            return FoundFile.TryRead(path, shown, trust, longest) ?? throw new SealProviderException($"{shown} does not exist", $"create {path}");
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
}
