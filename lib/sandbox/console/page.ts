import { METHODS } from '../banks.js'
import { html, type Html } from '../html.js'

/** A switch for a fault; `fields` are what it takes, with the values it starts with. */
interface Switch { name: string, label: string, fields?: { name: string, label: string, value: number | readonly (readonly [string, string])[] }[], once?: boolean }

const ms = (value: number) => [{ name: 'ms', label: 'ms', value }]

const SWITCHES: readonly { title: string, switches: readonly Switch[] }[] = [
  {
    title: 'REST API',
    switches: [
      { name: 'latency', label: '응답 지연', fields: ms(3000) },
      { name: 'error', label: '500 오류' },
      { name: 'rate_limit', label: '429 요청 초과', fields: [{ name: 'retryAfterSec', label: '초', value: 3 }] },
      { name: 'disconnect', label: '연결 끊김' },
      { name: 'revoked_token', label: '토큰 만료 (401)', once: true },
    ],
  },
  {
    title: '웹훅',
    switches: [
      { name: 'lost_webhook', label: '유실' },
      { name: 'late_webhook', label: '지연', fields: ms(5000) },
      { name: 'duplicate_webhook', label: '중복 발송' },
      { name: 'reordered_webhook', label: '순서 뒤바뀜' },
      { name: 'webhook_first', label: '브라우저보다 먼저' },
    ],
  },
  {
    title: '결제',
    switches: [
      { name: 'late_approval', label: '늦은 승인', fields: [{ name: 'status', label: '그동안', value: [['ready', 'ready'], ['failed', 'failed']] }, ...ms(5000)] },
      { name: 'test_channel', label: '테스트 채널' },
      { name: 'tampered_amount', label: '금액 위변조', fields: [{ name: 'amount', label: '원', value: 100 }] },
      {
        name: 'callback',
        label: '콜백 변형',
        fields: [{ name: 'variant', label: '', value: [['legacy', 'imp_success만'], ['in_app', 'success만'], ['flagless', '결과 값 없음'], ['without_imp_uid', 'imp_uid 없음'], ['contradicting', '반대로 알림']] }],
      },
    ],
  },
]

function field ({ name, label, value }: NonNullable<Switch['fields']>[number], of: string): Html {
  const title = `${of} ${label}`.trim()
  return typeof value === 'number'
    ? html`<input type="number" name="${name}" value="${value}" min="0" aria-label="${title}"><span>${label}</span>`
    : html`<select name="${name}" aria-label="${title}">${value.map(([code, text]) => html`<option value="${code}">${text}</option>`)}</select>`
}

const row = ({ name, label, fields = [], once = false }: Switch) => html`<div class="switch" data-fault="${name}" data-once="${String(once)}">
<label><input type="checkbox" role="switch"> ${label}</label><div class="fields">${fields.map((one) => field(one, label))}</div>
</div>`

const METHOD_OPTIONS = Array.from(METHODS, ([code, name]) => html`<option value="${code}">${name}</option>`)

/** The shell; /assets/console.js fills it. */
export function consolePage (impKey: string): Html {
  return html`<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fastify-iamport 샌드박스</title>
<link rel="stylesheet" href="/assets/console.css">
<script src="/assets/console.js" type="module"></script>
</head>
<body>
<header>
<div><h1>fastify-iamport 샌드박스</h1><p>테스트용 대역 서버입니다. 실제 결제는 이루어지지 않습니다. REST API key <code>${impKey}</code></p></div>
<p id="connection" role="status">연결 중…</p>
</header>
<main>
<section class="list" aria-labelledby="payments">
<div class="bar"><h2 id="payments">결제 <span id="total">0</span>건</h2>
<form id="make">
<select name="pay_method" aria-label="결제수단">${METHOD_OPTIONS}</select>
<input name="amount" type="number" min="1" value="14000" aria-label="금액"><button>결제 만들기</button>
</form></div>
<div id="empty"><p>아직 결제가 없습니다. 위에서 만들어 보거나, 상점을 이렇게 연결하세요.</p>
<dl><div><dt>스크립트</dt><dd><code>&lt;script src="<span class="origin"></span>/v1/iamport.js"&gt;&lt;/script&gt;</code></dd></div>
<div><dt>REST API</dt><dd><code>baseUrl: '<span class="origin"></span>'</code></dd></div></dl></div>
<ul id="rows"></ul>
<button type="button" id="more" hidden>더 보기</button>
</section>
<section class="detail" aria-label="선택한 결제" id="detail" tabindex="-1"><p class="hint">결제를 선택하면 내역과 동작이 여기에 보입니다.</p></section>
<section class="faults" aria-labelledby="faults">
<div class="bar"><h2 id="faults">장애 만들기</h2><button type="button" id="calm">모두 끄기</button></div>
${SWITCHES.map(({ title, switches }) => html`<fieldset><legend>${title}</legend>${switches.map(row)}</fieldset>`)}
</section>
</main>
<div id="message" hidden><p id="message-text" role="alert"></p><button type="button" id="dismiss" aria-label="알림 닫기">✕</button></div>
</body>
</html>
`
}
