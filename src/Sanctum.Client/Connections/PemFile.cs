using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Client.Connections;

/// <summary>
/// A file that says who is believed, or who this program is. Nobody else may have written it, and nobody else may read a key. Opening it never waits, and what was opened is checked.
/// </summary>
internal sealed partial class PemFile : IDisposable
{
    private const int Longest = 8 * 1024 * 1024;
    private const int FirstPart = 16 * 1024;

    private readonly char[] _text;

    private PemFile(ReadOnlySpan<byte> content)
    {
        _text = GC.AllocateUninitializedArray<char>(content.Length, pinned: true);
        Encoding.Latin1.GetChars(content, _text); // PEM is ASCII, and what stands around it does not count.
    }

    /// <summary>What is in it.</summary>
    public ReadOnlySpan<char> Text => _text;

    /// <summary>Reads one.</summary>
    /// <param name="option">What errors call it.</param>
    /// <param name="file">Where; a leading <c>~</c> is the home directory.</param>
    /// <param name="isKey">Whether a key is in it, which others must not read. The group may: that is how access lists show in a mode.</param>
    /// <exception cref="VaultConnectionException">It can't be read, or is not to be trusted.</exception>
    public static PemFile Read(string option, string file, bool isKey = false)
    {
        var path = HomeDirectory.Expand(file);
        try
        {
            using var opened = Open(path);
            return FlawOf(opened, path, isKey) is { } flaw ? throw Errors.UntrustedFile(option, file, flaw.What, flaw.Advice) : Read(opened);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or Win32Exception or ArgumentException)
        {
            throw Errors.TlsFile(option, file, unusable);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_text.AsSpan()));

    // A named pipe would keep the caller until somebody writes to it.
    private static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows() || IsOwnDescriptor(path))
        {
            return File.OpenHandle(path);
        }

        var (doNotWait, closeOnExecute) = OperatingSystem.IsMacOS() ? (0x4, 0x1000000) : (0x800, 0x80000);
        var handle = OpenFile(path, doNotWait | closeOnExecute);
        return handle.IsInvalid ? throw new Win32Exception() : handle;
    }

    // Elsewhere than on Linux the owner goes unchecked, and what is no file fails when it is read.
    private static (string What, string Advice)? FlawOf(SafeFileHandle file, string path, bool isKey)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        if (OperatingSystem.IsLinux() && FileOwnership.Of(file) is { } owned)
        {
            if (!owned.IsPlainFile)
            {
                // What the shell hands over is a pipe: nobody can have put that there but who started this program.
                return IsOwnDescriptor(path) ? null : ("is not a regular file", "name a file in PEM");
            }

            var self = DaemonPeer.EffectiveUser();
            if (owned.Owner != 0 && owned.Owner != self)
            {
                return ($"belongs to user {owned.Owner}, and this process runs as user {self}", $"use a file of this user's or of root's: chown {self} on it");
            }
        }

        var mode = File.GetUnixFileMode(file);
        return (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0 ? ("can be written by other users", "run chmod go-w on it")
            : isKey && (mode & UnixFileMode.OtherRead) != 0 ? ("holds a key and can be read by all users", "run chmod o-r on it")
            : null;
    }

    private static bool IsOwnDescriptor(string path) =>
        path is "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    private static PemFile Read(SafeFileHandle file)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(FirstPart, pinned: true);
        var length = 0;
        try
        {
            while (RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
            {
                length += read;
                if (length > Longest)
                {
                    throw new IOException($"it is larger than {Longest} bytes");
                }

                if (length == bytes.Length)
                {
                    var longer = GC.AllocateUninitializedArray<byte>(length * 2, pinned: true);
                    bytes.CopyTo(longer, 0);
                    CryptographicOperations.ZeroMemory(bytes);
                    bytes = longer;
                }
            }

            var content = bytes.AsSpan(0, length);
            return new PemFile(content[(content.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0)..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);
}
