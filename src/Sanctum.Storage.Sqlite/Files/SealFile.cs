using System.ComponentModel;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The seal document, replaced all at once: temporary file, sync, rename, directory sync.</summary>
internal sealed class SealFile(VaultFolder folder)
{
    public const string TemporaryName = VaultFolder.SealName + ".tmp";

    // A seal is a few hundred bytes; more is not one, and is not read into memory to find out.
    private const int Longest = 64 * 1024;

    private readonly Lock _replacing = new();

    public byte[]? Read() => Io(() =>
    {
        try
        {
            using var file = new FileStream(folder[VaultFolder.SealName], FileMode.Open, FileAccess.Read);
            if (file.Length is 0 or > Longest)
            {
                throw StoreErrors.HalfMade(VaultFolder.SealName + "'s content");
            }

            var seal = new byte[file.Length];
            file.ReadExactly(seal);
            return seal;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    });

    public void Write(ReadOnlyMemory<byte> seal)
    {
        if (seal.Length is 0 or > Longest)
        {
            throw new ArgumentException($"A seal is 1 to {Longest} bytes.", nameof(seal));
        }

        lock (_replacing)
        {
            Io(() =>
            {
                RemoveTemporary();
                using (var file = new FileStream(folder[TemporaryName], VaultFolder.Born(FileMode.CreateNew)))
                {
                    file.Write(seal.Span);
                    file.Flush(flushToDisk: true);
                }

                File.Move(folder[TemporaryName], folder[VaultFolder.SealName], overwrite: true);
                folder.Sync();
                return true;
            });
        }
    }

    /// <summary>Clears away what an interrupted replacement left: it may hold the root key under a passphrase that was given up.</summary>
    public void RemoveTemporary() => File.Delete(folder[TemporaryName]);

    private static T Io<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw StoreErrors.From(error, VaultFolder.SealName);
        }
    }
}
