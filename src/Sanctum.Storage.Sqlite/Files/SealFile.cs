using System.ComponentModel;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The seal document, replaced all at once: temporary file, sync, rename, directory sync.</summary>
internal sealed class SealFile(VaultFolder folder)
{
    public const string TemporaryName = VaultFolder.SealName + ".tmp";

    // A seal is a few hundred bytes; more is not one, and is not read into memory to find out.
    private const int Longest = 64 * 1024;

    private readonly Lock _replacing = new();
    private readonly byte[] _path = OpenFiles.PathOf(folder, VaultFolder.SealName);

    // What the vault knows to be its seal, and the file that was last seen to hold it.
    private byte[]? _known;
    private FileIdentity? _seen;

    /// <summary>The seal, or null when there is none.</summary>
    public byte[]? Read()
    {
        lock (_replacing)
        {
            (_seen, _known) = (null, ReadFile());
            return (byte[]?)_known?.Clone();
        }
    }

    /// <summary>Checks that what was read or written last can still be found: without its seal, nobody opens a vault.</summary>
    /// <exception cref="StoreException">It was removed, or holds something else.</exception>
    public void RequireInPlace()
    {
        if (_known is null || !OperatingSystem.IsLinux())
        {
            return; // The vault is still being made.
        }

        lock (_replacing)
        {
            var now = Io(() => OperatingSystem.IsWindows() ? null : Posix.Identify(_path, withTimes: true));
            if (now is not { IsPlain: true })
            {
                throw StoreErrors.Gone(VaultFolder.SealName);
            }

            // A chmod or a backup program's link changes the file too. What counts is what it says.
            if (now != _seen && !_known.AsSpan().SequenceEqual(ReadFile()))
            {
                throw StoreErrors.Gone(VaultFolder.SealName);
            }

            _seen = now;
        }
    }

    private byte[]? ReadFile() => Io(() =>
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

                // From here on, which of the two it is shows only when it is read.
                (_seen, _known) = (null, null);
                File.Move(folder[TemporaryName], folder[VaultFolder.SealName], overwrite: true);
                folder.Sync();
                _known = seal.ToArray();
                folder.Finish();
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
