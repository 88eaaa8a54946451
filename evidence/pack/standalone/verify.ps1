# Checks this pack with what Windows brings (PowerShell 5.1 or newer). Run it in the unpacked pack's folder:
#     powershell -ExecutionPolicy Bypass -File verify.ps1 -Trust FINGERPRINT      SHA-256, as told in a call
#     powershell -ExecutionPolicy Bypass -File verify.ps1 -Trust CERTIFICATE.pem  the signer's certificate
#     powershell -ExecutionPolicy Bypass -File verify.ps1 -IntegrityOnly          nothing changed, whoever signed
# One line for each step. Ends with 0 when all hold, with 5 when one does not. The report's signature is shown by
# Adobe Reader. Whoever made the pack put this copy here: get one from elsewhere, or read it first.
param([string]$Trust = "", [switch]$IntegrityOnly)
$ErrorActionPreference = "Stop"
Set-StrictMode -Version 2
if (($Trust -eq "") -eq (-not $IntegrityOnly)) { Write-Output "Give -Trust or -IntegrityOnly."; exit 2 }
try { Add-Type -AssemblyName System.Security } catch { Write-Verbose "PowerShell 7 has it already" }
$script:failed = $false
$root = (Get-Location).ProviderPath

function Step([string]$what, [scriptblock]$check) {
    try { & $check; Write-Output "ok       $what" }
    catch { $script:failed = $true; Write-Output "FAILED   $what"; Write-Output "         $($_.Exception.Message -replace '[^ -~]', '?')" }
}

function Read-Bytes([string]$path) { return , [System.IO.File]::ReadAllBytes((Join-Path $root $path)) }

function Get-Sha256([byte[]]$bytes) {
    $sha = [System.Security.Cryptography.SHA256]::Create()
    return [System.BitConverter]::ToString($sha.ComputeHash($bytes)).Replace("-", "").ToLowerInvariant()
}

function Read-Certificate([string]$path) {
    $text = [System.IO.File]::ReadAllText($path)
    $found = [regex]::Match($text, "-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
    if (-not $found.Success) { throw "$path holds no certificate in PEM" }
    return , [System.Convert]::FromBase64String(($found.Groups[1].Value -replace "\s", ""))
}

function Test-Signature([string]$signature, [string]$content) {
    $data = New-Object System.Security.Cryptography.Pkcs.ContentInfo (, (Read-Bytes $content))
    $cms = New-Object System.Security.Cryptography.Pkcs.SignedCms $data, $true
    $cms.Decode((Read-Bytes $signature))
    $cms.CheckSignature($true)
    if ($cms.SignerInfos.Count -ne 1) { throw "not exactly one signer" }
    $by = Get-Sha256 $cms.SignerInfos[0].Certificate.RawData
    if ($by -ne $own) { throw "signed with another certificate, $by" }
}

function Get-Listed([string]$list, [string]$folder) {
    $paths = @{}
    foreach ($line in [System.IO.File]::ReadAllLines((Join-Path $root $list))) {
        if ($line -notmatch "^([0-9a-f]{64})  (\S.*)$") { throw "$list is not a list: $line" }
        $paths[$folder + $Matches[2]] = $Matches[1]
    }
    return $paths
}

function Test-Sums([string]$list, [string]$folder) {
    $listed = Get-Listed $list $folder
    foreach ($path in $listed.Keys) {
        $full = Join-Path $root $path
        if (-not (Test-Path -LiteralPath $full -PathType Leaf)) { throw "missing: $path" }
        if ((Get-FileHash -LiteralPath $full -Algorithm SHA256).Hash -ne $listed[$path]) { throw "changed: $path" }
    }
}

function Test-Complete([string[]]$listed, [string]$folder) {
    $base = Join-Path $root $folder
    foreach ($item in Get-ChildItem -LiteralPath $base -Recurse -Force) {
        if ($item.Attributes -band [System.IO.FileAttributes]::ReparsePoint) { throw "a link: $($item.FullName)" }
        if ($item.PSIsContainer) { continue }
        $path = $item.FullName.Substring($root.Length + 1).Replace("\", "/")
        if ($listed -cnotcontains $path) { throw "no list names $path" }
    }
}

$own = Get-Sha256 (Read-Certificate (Join-Path $root "signer.pem"))
if (-not $IntegrityOnly) {
    $told = $Trust.Replace(":", "").ToLowerInvariant()
    if ($told -notmatch "^[0-9a-f]{64}$") { $told = Get-Sha256 (Read-Certificate (Resolve-Path $Trust).ProviderPath) }
    Step "trusted: signer.pem is the certificate that you were told of" { if ($told -ne $own) { throw "it is $own" } }
}
Step "signed: SHA256SUMS, by the certificate $own" { Test-Signature "SHA256SUMS.p7s" "SHA256SUMS" }
Step "unchanged: every file that SHA256SUMS lists" { Test-Sums "SHA256SUMS" "" }
Step "complete: no file but those" {
    Test-Complete (@((Get-Listed "SHA256SUMS" "").Keys) + "SHA256SUMS" + "SHA256SUMS.p7s" + "SHA256SUMS.p7s.tsr") ""
}
$bundle = (Get-ChildItem -LiteralPath $root -Directory | Where-Object { $_.Name -like "evidence-*" } | Select-Object -First 1).Name
$tags = "$bundle/tagmanifest-sha256.txt"
$digest = Get-Sha256 (Read-Bytes $tags)
Step "sealed: the bundle, by the same certificate" { Test-Signature "$bundle/seal/tagmanifest-sha256.txt.p7s" $tags }
Step "unchanged: the bundle's tag files" { Test-Sums $tags "$bundle/" }
Step "unchanged: the bundle's evidence" { Test-Sums "$bundle/manifest-sha256.txt" "$bundle/" }
Step "complete: the bundle has no file but those" {
    $seal = "p7s", "tsr" | ForEach-Object { "$bundle/seal/tagmanifest-sha256.txt.$_" }
    $all = @((Get-Listed $tags "$bundle/").Keys) + @((Get-Listed "$bundle/manifest-sha256.txt" "$bundle/").Keys)
    Test-Complete ($all + $seal + $tags + "$bundle/seal/chain.pem") $bundle
}
Step "results: of this bundle" {
    $text = [System.IO.File]::ReadAllText((Join-Path $root "results.json"))
    if (-not $text.Contains("`"bundle_digest`": `"$digest`"")) { throw "results.json is on another bundle" }
}
$changes = Join-Path $root "changes.json"
if (Test-Path -LiteralPath $changes) {
    Step "changes: of this bundle" {
        $text = [System.IO.File]::ReadAllText($changes)
        $new = [regex]::Match($text, '(?ms)^  "new": \{\r?$.*?^  \}').Value
        if (-not $new.Contains("`"digest`": `"$digest`"")) { throw "changes.json is on other bundles" }
    }
}
Step "workbook: of this bundle and these results" {
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    $book = [System.IO.Compression.ZipFile]::OpenRead((Join-Path $root "appendices.xlsx"))
    try { $text = (New-Object System.IO.StreamReader $book.GetEntry("docProps/core.xml").Open()).ReadToEnd() }
    finally { $book.Dispose() }
    $of = "bundle sha256:$digest results sha256:$(Get-Sha256 (Read-Bytes "results.json"))"
    if (-not $text.Contains(">$of<")) { throw "appendices.xlsx shows other evidence or results" }
}
if (Test-Path -LiteralPath (Join-Path $root "index.html")) {
    Step "page: of this bundle and these results" {
        $bytes = Read-Bytes "index.html"
        $text = [System.Text.Encoding]::ASCII.GetString($bytes, 0, [Math]::Min(1024, $bytes.Length))
        $of = "bundle sha256:$digest results sha256:$(Get-Sha256 (Read-Bytes "results.json"))"
        if (-not $text.Contains("content=`"$of`"")) { throw "index.html shows other evidence or results" }
    }
}
Write-Output "digest   $digest (compare with the report's cover)"
if ($script:failed) { Write-Output "REFUSED: do not rely on this pack."; exit 5 }
if ($IntegrityOnly) { Write-Output "INTACT, BUT BY ANYBODY: nobody said whose signature to expect." }
else { Write-Output "VERIFIED." }
Write-Output "That is who signed, and that nothing changed since. Not looked at: whether the conclusions follow from the"
Write-Output "evidence (evidence verify), the report's signature (Adobe Reader), whether the bundle's files agree."
exit 0
