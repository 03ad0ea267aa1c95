namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>What the README says about programs that you have, followed with the installed package by users who are not root.</summary>
public sealed class InstalledProgramTests
{
    // A service that says what it was sent, and a user whose home has nothing in it.
    private const string Machine = """
        cat >/tmp/service.py <<'PY'
        import http.server
        class Echo(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = ('seen: ' + self.headers.get('Authorization', 'nothing')).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.HTTPServer(('127.0.0.1', 0), Echo)
        print(server.server_port, flush=True)
        server.serve_forever()
        PY
        python3 /tmp/service.py >/tmp/port 2>/tmp/service &
        for i in $(seq 100); do test -s /tmp/port && break; sleep 0.1; done
        origin=http://127.0.0.1:$(cat /tmp/port)
        useradd --create-home ada || fail 'useradd'
        ada() { (cd /home/ada && setpriv --reuid ada --regid ada --clear-groups env -i HOME=/home/ada PATH=/usr/bin:/bin TERM=dumb "$@"); }
        operator() { ada SANCTUM_PASSPHRASE='correct horse battery staple' sanctum "$@" >/tmp/said 2>&1 || { cat /tmp/said; fail "sanctum $*"; }; }
        says() { text=$1; shift; ada "$@" >/tmp/said 2>&1; grep -Fq -- "$text" /tmp/said || { cat /tmp/said; fail "$*"; }; }
        secret=sk-live-0123456789abcdef0123
        cat >/home/ada/app.py <<'PY'
        import os, urllib.request
        key = os.environ['OPENAI_API_KEY']
        assert 'live' not in key, 'the program has the secret'
        os.environ['no_proxy'] = os.environ['NO_PROXY'] = ''  # What is on this machine is reached directly otherwise.
        request = urllib.request.Request(os.environ['ORIGIN'], headers={'Authorization': 'Bearer ' + key})
        print(urllib.request.urlopen(request).read().decode())
        PY

        """;

    [Fact]
    public async Task A_user_runs_the_program_that_they_have_as_the_readme_says()
    {
        var command = Assert.Single(Section("README.md", "## Run the program that you have"), line => line.StartsWith("sanctum run ", StringComparison.Ordinal));
        await DebianCopy.RunAsync(DebianCopy.Installed + Machine + $$"""
            operator init
            operator daemon start
            printf %s $secret | operator store openai/api_key --service openai --allow-origin $origin
            operator agent register helper
            operator policy add helper-asks --principal agent:helper --resources 'openai/*' --actions list,use
            says 'seen: Bearer [REDACTED]' ORIGIN=$origin {{command}}
            says 'seen: Bearer [REDACTED]' ORIGIN=$origin {{command.Replace("--service", "--isolate --service", StringComparison.Ordinal)}}
            grep -q $secret /tmp/said && fail 'the secret was shown'

            # A program of a run finds neither the key nor the vault, and nothing but the proxy.
            says 'no such file' sh -c "sanctum run --agent helper --service openai --isolate -- cat .sanctum/keys/helper.key 2>&1 | tr A-Z a-z"
            says 'Failed to connect' sh -c "sanctum run --agent helper --service openai --isolate -- curl -sS --noproxy '*' $origin"

            """);
    }

    [Fact]
    public async Task A_user_moves_a_dotenv_file_into_the_vault_and_works_with_the_commands_for_agents()
    {
        await DebianCopy.RunAsync(DebianCopy.Installed + Machine + """
            operator init
            operator daemon start
            printf 'PORT=8080\nAPI_KEY=%s\n' "$secret" >/home/ada/.env
            chown ada: /home/ada/.env
            ada sanctum scan . >/tmp/said 2>&1 && fail 'scan found nothing'
            grep -q '.env' /tmp/said || { cat /tmp/said; fail 'scan'; }
            operator import .env --replace --prefix shop
            ada sanctum scan . >/tmp/said 2>&1 || { cat /tmp/said; fail 'something is left'; }

            operator agent register helper
            operator policy add all --principal agent:helper --resources 'shop/*' --actions list,use,retrieve
            test "$(ada sanctum read shop/api_key --agent helper)" = $secret || fail 'read'
            test "$(ada sanctum api-key-helper shop/api_key --agent helper)" = $secret || fail 'api-key-helper'
            printf 'order 42' | ada sanctum sign shop/api_key --agent helper | grep -Eq '^[A-Za-z0-9+/]{43}=$' || fail 'sign'
            printf %s $secret | operator store shop/api_key --allow-origin $origin
            says 'seen: Bearer [REDACTED]' sanctum request shop/api_key $origin/ --agent helper
            printf 'protocol=https\nhost=git.example.com\n\n' | ada sanctum git-credential get --agent helper --credential git.example.com=shop/api_key | grep -Fqx "password=$secret" || fail 'git-credential'
            printf '{"agent":"helper","hosts":{"ghcr.io":{"path":"shop/api_key","user":"ada"}}}' >/home/ada/.sanctum/hosts.json
            chown ada: /home/ada/.sanctum/hosts.json && chmod 600 /home/ada/.sanctum/hosts.json
            ln -s /usr/bin/sanctum /usr/bin/docker-credential-sanctum
            printf ghcr.io | ada docker-credential-sanctum get | grep -Fq $secret || fail 'docker-credential'
            operator daemon stop

            """);
    }

    [Theory]
    [InlineData("sanctum.service", "")]
    [InlineData("sanctum-sealed.service", "sanctum unseal --vault-path /var/lib/sanctum")]
    public async Task A_program_of_another_user_uses_a_credential_of_the_machines_vault(string unit, string unseal)
    {
        // What the document says, but for the reload: the daemon starts after it.
        var document = Section("docs/operations.md", "#### Agents of other users").Where(line => line is [>= 'a' and <= 'z', ..]).ToList();
        var setUp = string.Join('\n', document.Where(line => line.StartsWith("runuser ", StringComparison.Ordinal) || line.StartsWith("install ", StringComparison.Ordinal) || line.StartsWith("echo ", StringComparison.Ordinal)));
        var run = document.Single(line => line.StartsWith("sanctum run ", StringComparison.Ordinal));
        Assert.Contains("config.json", setUp, StringComparison.Ordinal);
        await DebianCopy.RunAsync(DebianCopy.Installed + Machine + $$"""
            as sanctum init --vault-path /var/lib/sanctum || fail 'init'
            printf %s $secret | as sanctum store openai/api_key --vault-path /var/lib/sanctum --allow-origin $origin || fail 'store'
            export SANCTUM_PASSPHRASE='correct horse battery staple'
            set -e
            {{setUp}}
            set +e
            unset SANCTUM_PASSPHRASE
            as sanctum policy add asks --vault-path /var/lib/sanctum --principal agent:helper --resources 'openai/*' --actions list,use || fail 'policy'
            install -d -m 755 -o sanctum -g sanctum /run/sanctum
            install -d -m 700 -o sanctum /tmp/credentials
            printf 'correct horse battery staple' >/tmp/credentials/sanctum-passphrase
            start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/{{unit}})
            setpriv --reuid sanctum --regid sanctum --clear-groups env -i PATH=/usr/bin:/bin CREDENTIALS_DIRECTORY=/tmp/credentials $start >/tmp/daemon 2>&1 &
            for i in $(seq 600); do grep -q 'serving agents on' /tmp/daemon && break; sleep 0.1; done
            {{(unseal.Length > 0 ? $"as {unseal} || fail 'unseal'" : "")}}

            says 'seen: Bearer [REDACTED]' ORIGIN=$origin sh -c '{{run}}'
            run="sanctum run --agent helper --socket /run/sanctum/vault.sock --key helper.key"
            says 'seen: Bearer [REDACTED]' ORIGIN=$origin $run --isolate --service openai -- python3 app.py
            says 'seen: Bearer [REDACTED]' sanctum request openai/api_key $origin/ --agent helper --socket /run/sanctum/vault.sock --key helper.key

            # The key is hidden where it lies, and no folder was made for a vault that there is none of.
            ada $run --isolate --service openai -- cat helper.key >/tmp/said 2>&1 && fail 'the program has the key'
            test -e /home/ada/.sanctum && fail 'a folder was made'

            # A user who is not listed reaches neither socket.
            useradd --create-home eve && cp /home/ada/helper.key /home/eve/ && chown eve: /home/eve/helper.key
            (cd /home/eve && setpriv --reuid eve --regid eve --clear-groups env -i HOME=/home/eve PATH=/usr/bin:/bin $run --service openai -- true) >/tmp/said 2>&1 && fail 'eve was let in'
            setpriv --reuid eve --regid eve --clear-groups curl -sS --unix-socket /run/sanctum/proxy.sock http://127.0.0.1/ >/tmp/said 2>&1 && fail 'eve reached the proxy'
            exit_code=$(as sanctum daemon stop --vault-path /var/lib/sanctum >/dev/null 2>&1; echo $?)
            test $exit_code = 0 || fail 'stopping'

            """);
    }

    private static IEnumerable<string> Section(string page, string heading) =>
        File.ReadLines(Path.Join(Harness.Repository.Root, page)).SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith('#'));
}
