using System.Net.Sockets;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Puts something at a path where a program expects a file of its own user's.</summary>
internal static class OddFile
{
    private const int SomebodyElse = 12345;

    /// <param name="path">Where; what is there goes.</param>
    /// <param name="kind">What: <c>pipe</c>, <c>folder</c>, <c>socket</c>, <c>link</c>, <c>device</c>, <c>foreign</c> or <c>writable</c>.</param>
    /// <param name="content">What is in it, where it is a file after all.</param>
    /// <returns>What its refusal says of it.</returns>
    public static async Task<string> PutAsync(string path, string kind, string content)
    {
        File.Delete(path);
        switch (kind)
        {
            case "pipe":
                Assert.Equal(0, (await HostTools.RunAsync("mkfifo", path)).ExitCode);
                return "is a named pipe";
            case "folder":
                Directory.CreateDirectory(path, HostTools.Folder700);
                return "is a folder";
            case "socket":
                // Closing a socket of .NET's would take its file away; renamed, it stays.
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(path + ".s"));
                    File.Move(path + ".s", path);
                }

                return "is a socket";
            case "link":
                await File.WriteAllTextAsync(path + ".elsewhere", content);
                File.SetUnixFileMode(path + ".elsewhere", HostTools.File600);
                File.CreateSymbolicLink(path, path + ".elsewhere");
                return "is a symbolic link";
            case "device":
                File.CreateSymbolicLink(path, "/dev/zero");
                return "is a device";
            case "foreign":
                HostTools.RequireRoot("a file is given away");
                await File.WriteAllTextAsync(path, content);
                File.SetUnixFileMode(path, HostTools.File600);
                Assert.Equal(0, (await HostTools.RunAsync("chown", $"{SomebodyElse}", path)).ExitCode);
                return $"belongs to user {SomebodyElse}";
            case "writable":
                await File.WriteAllTextAsync(path, content);
                File.SetUnixFileMode(path, HostTools.File600 | UnixFileMode.OtherWrite);
                return "can be written by other users";
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }
}
