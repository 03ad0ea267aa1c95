using System.ComponentModel;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// The one way to open a file that this program did not make. It never waits: a named pipe in the file's place would keep the process
/// for as long as nobody writes to it. What was opened is checked, not what lay at the path before.
/// </summary>
internal static class FoundFile
{
    private const int AccessDenied = 13, NotPermitted = 1, NoSuchDevice = 6, IsAFolder = 21, TooManyLinks = 40;

    /// <summary>Opens a file to read it; null when there is none.</summary>
    /// <param name="path">Where.</param>
    /// <param name="shown">What errors call it.</param>
    /// <param name="trust">What it has to be.</param>
    /// <exception cref="UntrustedFileException">It is something else.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream? TryOpen(string path, string shown, FileTrust trust)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.Exists(path) ? File.OpenRead(path) : null;
        }

        if (Open(path, shown, followLinks: trust != FileTrust.VaultsOwn, append: false) is not { } handle)
        {
            return null;
        }

        try
        {
            Require(handle, path, shown, trust);
            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>All of a small file, in an array that the caller can zero; null when there is none.</summary>
    /// <param name="longest">More bytes than these are refused.</param>
    /// <inheritdoc cref="TryOpen" path="/exception"/>
    public static byte[]? TryRead(string path, string shown, FileTrust trust, int longest)
    {
        using var file = TryOpen(path, shown, trust);
        if (file is null)
        {
            return null;
        }

        // Not by its length: files of the kernel have none, and others grow. It may hold a secret, so the collector must not copy it about.
        var read = GC.AllocateUninitializedArray<byte>(longest + 1, pinned: true);
        var length = 0;
        try
        {
            for (int more; length < read.Length && (more = file.Read(read.AsSpan(length))) > 0;)
            {
                length += more;
            }

            if (length > longest)
            {
                throw new UntrustedFileException($"{shown} is larger than {longest} bytes", "name another file, or make it smaller");
            }

            var content = GC.AllocateUninitializedArray<byte>(length, pinned: true);
            read.AsSpan(0, length).CopyTo(content);
            return content;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(read.AsSpan(0, length));
        }
    }

    /// <summary>Opens a file of the vault's folder to write at its end, and makes it (0600) when there is none.</summary>
    /// <inheritdoc cref="TryOpen" path="/exception"/>
    [UnsupportedOSPlatform("windows")]
    public static FileStream OpenToAppend(string path, string shown)
    {
        var handle = Open(path, shown, followLinks: false, append: true)!;
        try
        {
            Require(handle, path, shown, FileTrust.VaultsOwn);
            Posix.Wait(handle, append: true);
            return new FileStream(handle, FileAccess.Write, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static SafeFileHandle? Open(string path, string shown, bool followLinks, bool append)
    {
        try
        {
            return Posix.TryOpenWithoutWaiting(path, followLinks, append);
        }
        catch (Win32Exception error)
        {
            throw error.NativeErrorCode switch
            {
                TooManyLinks => new UntrustedFileException($"{shown} is a symbolic link", "replace it with the file itself", error),
                NoSuchDevice or IsAFolder => WrongKind(shown, Posix.Inspect(path)?.Kind ?? FileKind.Device, error),
                AccessDenied or NotPermitted => new UnauthorizedAccessException($"{shown} may not be opened by this user", error),
                _ => new IOException($"{shown} can't be opened: {error.Message}", error),
            };
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void Require(SafeFileHandle file, string path, string shown, FileTrust trust)
    {
        var facts = Posix.Inspect(file);
        if (facts.Kind is FileKind.Pipe or FileKind.Device && IsOwnDescriptor(path))
        {
            Posix.Wait(file, append: false);
            return;
        }

        if (facts.Kind != FileKind.File)
        {
            throw WrongKind(shown, facts.Kind);
        }

        if (trust == FileTrust.Content)
        {
            return;
        }

        if (facts.IsForeign)
        {
            throw new UntrustedFileException(
                $"{shown} belongs to user {facts.Owner}, and this process runs as user {Posix.EffectiveUser}", $"use a file of this user's or of root's: chown {Posix.EffectiveUser} on it");
        }

        if (facts.IsWritableByOthers)
        {
            throw new UntrustedFileException($"{shown} can be written by other users", "run chmod go-w on it");
        }

        if (trust == FileTrust.Secret && (facts.Mode & UnixFileMode.OtherRead) != 0)
        {
            throw new UntrustedFileException($"{shown} can be read by all users", "run chmod o-r on it");
        }
    }

    // What the shell hands over: a pipe in '<(command)', or '/dev/stdin'. Nobody can have put that there but who started us.
    private static bool IsOwnDescriptor(string path) =>
        path is "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    private static UntrustedFileException WrongKind(string shown, FileKind kind, Exception? inner = null)
    {
        var what = kind switch
        {
            FileKind.Folder => "a folder",
            FileKind.Pipe => "a named pipe",
            FileKind.Socket => "a socket",
            FileKind.Link => "a symbolic link",
            _ => "a device",
        };
        return new UntrustedFileException($"{shown} is {what}, not a regular file", "replace it with a regular file, or remove it", inner);
    }
}
