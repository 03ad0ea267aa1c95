#:property PublishAot=false

// Makes what people install from the native executable: dotnet run package.cs -- EXECUTABLE FOLDER. 'build.cs -- package' runs it.
// The same executable and commit make the same bytes: every time stamp is the commit's, or SOURCE_DATE_EPOCH.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run package.cs -- EXECUTABLE FOLDER");
    return 2;
}

var (executable, output) = (Path.GetFullPath(args[0]), Path.GetFullPath(args[1]));
Environment.CurrentDirectory = Path.GetDirectoryName(Path.GetDirectoryName(Source()))!;
var version = XDocument.Load("Directory.Build.props").Descendants("Version").Single().Value;
var epoch = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH") is { Length: > 0 } given ? given : Read("git", "log", "-1", "--format=%ct").Trim();
Environment.SetEnvironmentVariable("SOURCE_DATE_EPOCH", epoch);
Directory.CreateDirectory(output);

var work = Directory.CreateTempSubdirectory("sanctum-package-").FullName;
try
{
    var files = Shared();
    string[] made = [Deb(files), Archive(files)];
    File.WriteAllLines(Path.Join(output, "SHA256SUMS"), made.Select(file => $"{Hash(file)}  {Path.GetFileName(file)}"));
    Array.ForEach(made, Console.WriteLine);
    return 0;
}
finally
{
    Directory.Delete(work, recursive: true);
}

// What both have, by its place below the prefix.
Dictionary<string, byte[]> Shared()
{
    var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
    {
        ["bin/sanctum"] = File.ReadAllBytes(executable),
        ["lib/sysusers.d/sanctum.conf"] = File.ReadAllBytes("packaging/sanctum.sysusers"),
        ["share/systemd/user/sanctum.service"] = File.ReadAllBytes("packaging/systemd/user/sanctum.service"),
        ["share/bash-completion/completions/sanctum"] = Encoding.UTF8.GetBytes(Read(executable, "completion", "bash")),
        ["share/zsh/site-functions/_sanctum"] = Encoding.UTF8.GetBytes(Read(executable, "completion", "zsh")),
        ["share/fish/vendor_completions.d/sanctum.fish"] = Encoding.UTF8.GetBytes(Read(executable, "completion", "fish")),
        ["etc/sanctum/environment"] = File.ReadAllBytes("packaging/environment"),
    };
    foreach (var unit in Directory.GetFiles("packaging/systemd"))
    {
        files[$"lib/systemd/system/{Path.GetFileName(unit)}"] = File.ReadAllBytes(unit);
    }

    foreach (var page in Documents())
    {
        files[$"share/doc/sanctum/{page}"] = File.ReadAllBytes(page);
    }

    var pages = Path.Join(work, "man");
    _ = Read(executable, "man", pages);
    foreach (var page in Directory.GetFiles(pages))
    {
        files[$"share/man/man1/{Path.GetFileName(page)}.gz"] = Gzip(page);
    }

    return files;
}

// The README, the pages of docs, and whatever these link to, each in its own place: so that every link leads somewhere.
SortedSet<string> Documents()
{
    var found = new SortedSet<string>(StringComparer.Ordinal);
    var next = new Queue<string>(Directory.GetFiles("docs", "*.md").Append("README.md"));
    while (next.TryDequeue(out var page))
    {
        if (Directory.Exists(page))
        {
            Array.ForEach(Directory.GetFiles(page, "*.md"), next.Enqueue);
        }
        else if (found.Add(page) && page.EndsWith(".md", StringComparison.Ordinal))
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(page), @"\]\((?![a-z]+:|#)([^)#\s]+)"))
            {
                next.Enqueue(Path.GetRelativePath(".", Path.Join(Path.GetDirectoryName(page), link.Groups[1].Value)));
            }
        }
    }

    return found;
}

string Deb(Dictionary<string, byte[]> files)
{
    var root = Path.Join(work, "deb");
    foreach (var (path, content) in files)
    {
        // zsh of Debian's looks in a folder for packages; what only root configures is /etc's.
        var place = path.StartsWith("etc/", StringComparison.Ordinal) ? path : "usr/" + path.Replace("zsh/site-functions", "zsh/vendor-completions", StringComparison.Ordinal);
        Put(root, place, content, path == "bin/sanctum" ? "755" : "644");
    }

    Put(root, "usr/share/doc/sanctum/copyright", File.ReadAllBytes("LICENSE"), "644");
    var log = Path.Join(work, "changelog");
    File.Copy("CHANGELOG.md", log);
    Put(root, "usr/share/doc/sanctum/changelog.gz", Gzip(log), "644");

    var sums = Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(file => !file.Contains("/etc/", StringComparison.Ordinal)).ToList();
    var size = sums.Sum(file => new FileInfo(file).Length);
    Put(root, "DEBIAN/md5sums", Text(sums.Select(file => $"{Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(file)))}  {Path.GetRelativePath(root, file)}")), "644");
    Put(root, "DEBIAN/conffiles", Text(["/etc/sanctum/environment"]), "644");
    Put(root, "DEBIAN/control", Text(
    [
        "Package: sanctum",
        $"Version: {version}",
        "Architecture: amd64",
        "Maintainer: The Sanctum for .NET authors",
        $"Installed-Size: {(size + 1023) / 1024}",
        $"Depends: libc6 (>= {NewestOf("GLIBC", files["bin/sanctum"])}), libssl3t64 | libssl3, passwd",
        "Recommends: ca-certificates, systemd",
        "Suggests: bubblewrap",
        "Section: utils",
        "Priority: optional",
        "Description: local credential vault for AI agents",
        " Agents use credentials by policy, without seeing them, and every use is in a",
        " tamper-evident log. This is the command line and the daemon, one executable.",
    ]), "644");
    foreach (var script in new[] { "postinst", "prerm", "postrm" })
    {
        Put(root, $"DEBIAN/{script}", File.ReadAllBytes($"packaging/debian/{script}"), "755");
    }

    var deb = Path.Join(output, $"sanctum_{version}_amd64.deb");
    Stamp(root);
    _ = Read("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, deb);
    return deb;
}

string Archive(Dictionary<string, byte[]> files)
{
    var name = $"sanctum-{version}-linux-x64";
    var root = Path.Join(work, "tar", name);
    foreach (var (path, content) in files)
    {
        Put(root, path, content, path == "bin/sanctum" ? "755" : "644");
    }

    Put(root, "install.sh", File.ReadAllBytes("packaging/install.sh"), "755");
    var all = Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
    Put(root, "SHA256SUMS", Text(all.Select(file => $"{Hash(file)}  {Path.GetRelativePath(root, file)}")), "644");

    var archive = Path.Join(output, $"{name}.tar.gz");
    Stamp(root);
    var tar = Path.Join(work, $"{name}.tar");
    _ = Read("tar", "--create", "--file", tar, "--directory", Path.GetDirectoryName(root)!, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", $"--mtime=@{epoch}", name);
    File.WriteAllBytes(archive, Gzip(tar));
    return archive;
}

// Programs of every distribution read what gzip writes without name and time the same way, and it is the same each time.
byte[] Gzip(string file)
{
    _ = Read("gzip", "--best", "--no-name", "--force", "--keep", file);
    return File.ReadAllBytes(file + ".gz");
}

void Put(string root, string path, byte[] content, string mode)
{
    var file = Path.Join(root, path);
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllBytes(file, content);
    File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32(mode, 8));
}

// Folders as they are to be, whatever the umask is here.
void Stamp(string root)
{
    var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(epoch, CultureInfo.InvariantCulture)).UtcDateTime;
    foreach (var folder in Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Append(root))
    {
        File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    foreach (var entry in Directory.GetFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root))
    {
        File.SetLastWriteTimeUtc(entry, time);
    }
}

// The newest version of a library's symbols that an executable asks for: it runs where that is there.
string NewestOf(string library, byte[] elf) => Regex.Matches(Encoding.Latin1.GetString(elf), $@"\0{library}_(\d+\.\d+(\.\d+)?)\0")
    .Select(match => Version.Parse(match.Groups[1].Value)).Max()!.ToString();

byte[] Text(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n')));

string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

string Read(string program, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    var text = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}");
}

static string Source([CallerFilePath] string path = "") => path;
